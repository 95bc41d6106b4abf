import { PanelLeft } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { type PaneWidth, Splitter } from './splitter.tsx';

/**
 * A pane at the side of a screen. Where the window is too narrow for it only its button stands there, and opens it.
 * Its edge can be dragged.
 * @param usual width, px
 * @param early whether it gives way in windows of less than 1,280 px, instead of less than 1,100
 */
export function SidePane({
  name,
  size,
  usual,
  early = false,
  children,
}: {
  name: string;
  size: PaneWidth;
  usual: number;
  early?: boolean;
  children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  const pane = useRef<HTMLElement>(null);
  return (
    <>
      <section
        ref={pane}
        className={`pane side doored${early ? ' early' : ''}${isOpen ? ' open' : ''}`}
        style={{ width: size.width ?? usual }}
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
      <Splitter name={name} pane={pane} side="right" min={160} max={560} onWidth={size.onWidth} />
    </>
  );
}
