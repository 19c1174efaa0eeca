import { signal } from '@preact/signals';
import { Icon } from './icon.js';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isFault: boolean;
}

const STAYS_MS = 6_000;
const toasts = signal<readonly Toast[]>([]);
let made = 0;

/** Says for some seconds, at the edge of the page and to screen readers, what has happened. */
export function announce(text: string, { isFault = false } = {}): void {
  made += 1;
  const toast = { id: made, text, isFault };
  toasts.value = [...toasts.peek(), toast];
  setTimeout(() => {
    toasts.value = toasts.peek().filter((each) => each !== toast);
  }, STAYS_MS);
}

/** Where what was announced is shown. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, isFault }) => (
        <p key={id} class={isFault ? 'toast toast-fault' : 'toast'}>
          <Icon name={isFault ? 'triangle-alert' : 'check'} /> {text}
        </p>
      ))}
    </div>
  );
}
