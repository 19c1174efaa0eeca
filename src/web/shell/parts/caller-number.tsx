import { useSignal } from '@preact/signals';
import { maskedNumber, phoneNumber } from '../format.js';

/** A number that shows itself to whoever clicks it. */
export function CallerNumber({ number }: { readonly number: string }) {
  const isShown = useSignal(false);
  const masked = maskedNumber(number);
  if (masked === number) return <span class="number">{number}</span>;
  return (
    <button
      type="button"
      class="number number-button"
      aria-pressed={isShown.value}
      title={isShown.value ? 'Hide the number' : 'Show the number'}
      onClick={() => {
        isShown.value = !isShown.value;
      }}
    >
      {isShown.value ? phoneNumber(number) : masked}
    </button>
  );
}
