import { Menu } from '@base-ui/react/menu';
import { ChevronDown } from 'lucide-react';

/** A menu of one choice among some, as a chip that shows what is chosen. */
export function ChoiceMenu<T extends string>({
  label,
  value,
  choices,
  onChoose,
  className = 'chip',
}: {
  label: string;
  value: T | null;
  choices: readonly { value: T | null; text: string }[];
  onChoose(value: T | null): void;
  className?: string;
}) {
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <Menu.Root>
      <Menu.Trigger
        className={`${className}${value === null ? '' : ' on'}`}
        aria-label={`${label}: ${chosen?.text ?? 'all'}`}
      >
        {value === null ? label : (chosen?.text ?? label)}
        <ChevronDown size={14} strokeWidth={1.5} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start">
          <Menu.Popup className="menu">
            {choices.map((choice) => (
              <Menu.Item key={choice.text} onClick={() => onChoose(choice.value)}>
                {choice.text}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
