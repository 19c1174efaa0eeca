import { vi } from 'vitest';

// What a test waits for comes, however busy the machine is. Vitest itself gives up after a second.

/** As `expect.poll` in `vitest.config.ts`. */
const PATIENCE_MS = 20_000;
/** On the function once that is done: many files may share one process. */
const DONE = Symbol.for('bayline.patient');

if (!(DONE in vi.waitFor)) bePatient();

function bePatient(): void {
  const { waitFor, waitUntil } = vi;
  vi.waitFor = (check, options) => waitFor(check, patient(options));
  vi.waitUntil = (check, options) => waitUntil(check, patient(options));
  Object.defineProperty(vi.waitFor, DONE, { value: true });
}

function patient(options: Parameters<typeof vi.waitFor>[1] = {}) {
  return { timeout: PATIENCE_MS, ...(typeof options === 'number' ? { timeout: options } : options) };
}
