import { Menu } from '@base-ui/react/menu';
import { Check, ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';

/** Which columns a grid shows: a menu of ticks that stays open while they are set. What names a row is always there. */
export function ColumnMenu({
  columns,
  hidden,
  isOpen,
  onOpen,
  onHidden,
}: {
  columns: readonly { id: string; head: ReactNode; name?: string; isFixed?: boolean }[];
  hidden: readonly string[];
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
  /** Null for the usual ones. */
  onHidden(hidden: readonly string[] | null): void;
}) {
  return (
    <Menu.Root open={isOpen} onOpenChange={(open) => onOpen(open)}>
      <Menu.Trigger className="chip">
        Columns
        <ChevronDown size={14} strokeWidth={1.5} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {columns.map(({ id, head, name, isFixed }) => (
              <Menu.CheckboxItem
                key={id}
                checked={!hidden.includes(id)}
                disabled={isFixed === true}
                onCheckedChange={(isShown) =>
                  onHidden(isShown ? hidden.filter((each) => each !== id) : [...hidden, id])
                }
              >
                <span className="tick">
                  <Menu.CheckboxItemIndicator>
                    <Check size={14} aria-hidden />
                  </Menu.CheckboxItemIndicator>
                </span>
                {name ?? head}
              </Menu.CheckboxItem>
            ))}
            <Menu.Item onClick={() => onHidden(null)}>
              <span className="tick" />
              The usual columns
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
