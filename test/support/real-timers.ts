import { afterAll, beforeAll, vi } from 'vitest';

const known: { realTimer?: typeof setTimeout } & typeof globalThis = globalThis;
known.realTimer ??= setTimeout;

// Files share their process: where one leaves fake timers behind, the next waits for ever.
function mustBeReal(): void {
  if (!vi.isFakeTimers() && setTimeout === known.realTimer) return;
  throw new Error(
    'This file, or one before it in its process, has left fake timers behind: call vi.useRealTimers(), and restore a spy on a timer before that.',
  );
}
beforeAll(mustBeReal);
afterAll(mustBeReal);
