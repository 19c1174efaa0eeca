import { signal } from '@preact/signals';

/** Milliseconds since 1970, a new value each second: for all that counts up on the page. */
export const clock = signal(Date.now());

setInterval(() => {
  clock.value = Date.now();
}, 1_000);
