import { useEffect } from 'preact/hooks';

const KEYS: readonly { readonly digit: string; readonly letters: string; readonly name?: string }[] = [
  { digit: '1', letters: '' },
  { digit: '2', letters: 'ABC' },
  { digit: '3', letters: 'DEF' },
  { digit: '4', letters: 'GHI' },
  { digit: '5', letters: 'JKL' },
  { digit: '6', letters: 'MNO' },
  { digit: '7', letters: 'PQRS' },
  { digit: '8', letters: 'TUV' },
  { digit: '9', letters: 'WXYZ' },
  { digit: '*', letters: '', name: 'star' },
  { digit: '0', letters: '' },
  { digit: '#', letters: '', name: 'pound' },
];

interface KeypadProps {
  readonly isOn: boolean;
  readonly onPress: (digit: string) => void;
}

/** The twelve keys of a telephone; those of the keyboard do the same. */
export function Keypad({ isOn, onPress }: KeypadProps) {
  useEffect(() => {
    if (!isOn) return;
    const typed = (event: KeyboardEvent) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      if (!/^[0-9*#]$/.test(event.key)) return;
      event.preventDefault();
      onPress(event.key);
    };
    document.addEventListener('keydown', typed);
    return () => document.removeEventListener('keydown', typed);
  }, [isOn, onPress]);
  return (
    <fieldset class="keypad" disabled={!isOn}>
      <legend class="sr-only">Keypad</legend>
      {KEYS.map(({ digit, letters, name }) => (
        <button
          key={digit}
          type="button"
          class="key"
          {...(name ? { 'aria-label': name } : {})}
          onClick={() => onPress(digit)}
        >
          <span class="key-digit">{digit}</span> <span class="key-letters">{letters}</span>
        </button>
      ))}
    </fieldset>
  );
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null;
}
