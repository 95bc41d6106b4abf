import { Menu } from '@base-ui/react/menu';
import { ChevronDown } from 'lucide-react';

/** A menu of acts behind one button. */
export function ActionMenu({
  label,
  isDisabled = false,
  actions,
}: {
  label: string;
  isDisabled?: boolean;
  actions: readonly { text: string; act(): void }[];
}) {
  return (
    <Menu.Root>
      <Menu.Trigger className="bt s" disabled={isDisabled}>
        {label}
        <ChevronDown size={14} strokeWidth={1.5} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            {actions.map(({ text, act }) => (
              <Menu.Item key={text} onClick={act}>
                {text}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
