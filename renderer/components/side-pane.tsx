import { PanelLeft } from 'lucide-react';
import { type ReactNode, useState } from 'react';

/**
 * A pane at the side of a screen. Where the window is too narrow for it only its button stands there, and opens it.
 * @param early whether it gives way in windows of less than 1,280 px, instead of less than 1,100
 */
export function SidePane({
  name,
  width,
  early = false,
  children,
}: {
  name: string;
  width: number;
  early?: boolean;
  children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <section
      className={`pane side doored${early ? ' early' : ''}${isOpen ? ' open' : ''}`}
      style={{ width }}
      aria-label={name}
    >
      <div className="side-door">
        <button
          type="button"
          className="ib"
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Hide' : 'Show'} ${name.toLowerCase()}`}
          title={`${isOpen ? 'Hide' : 'Show'} ${name.toLowerCase()}`}
          onClick={() => setOpen(!isOpen)}
        >
          <PanelLeft size={16} strokeWidth={1.5} aria-hidden />
        </button>
      </div>
      <div className="side-body">{children}</div>
    </section>
  );
}
