import { useId } from 'preact/hooks';

export interface ChoiceProps<T extends string> {
  /** What is chosen here. */
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly name: string }[];
  readonly value: T;
  readonly isDisabled?: boolean;
  readonly onChoose: (value: T) => void;
}

/** One of a few, as a row of buttons: radio buttons to the keyboard and to screen readers. */
export function Choice<T extends string>({
  label,
  options,
  value,
  isDisabled = false,
  onChoose,
}: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="choice" disabled={isDisabled}>
      <legend class="sr-only">{label}</legend>
      {options.map((option) => (
        <label key={option.value} class="choice-option">
          <input
            type="radio"
            class="sr-only"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          <span>{option.name}</span>
        </label>
      ))}
    </fieldset>
  );
}
