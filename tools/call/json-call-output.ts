import type { CallEvent } from '../../packages/twilio-simulator/src/call-record.js';
import type { CallOutput, CallSummary } from './call-output.js';
import type { LiveSessionView } from './live-session-view.js';

/** One JSON line for every event, fields in snake_case, times in milliseconds since the first ring. */
export class JsonCallOutput implements CallOutput {
  readonly #write: (line: string) => void;
  readonly #remark: (line: string) => void;

  /** `remark` takes what is no event; it must not end up among the lines. */
  constructor(write: (line: string) => void, remark: (line: string) => void) {
    this.#write = write;
    this.#remark = remark;
  }

  note(text: string): void {
    this.#remark(`${text}\n`);
  }

  event({ at, kind, ...fields }: CallEvent): void {
    this.#line({ event: kind, atMs: Math.round(at), ...fields });
  }

  session({ callSid: _, ...session }: LiveSessionView, atMs: number): void {
    this.#line({ event: 'session', atMs: Math.round(atMs), ...session });
  }

  summary(summary: CallSummary): void {
    this.#line({ event: 'summary', ...summary });
  }

  #line(value: object): void {
    this.#write(`${JSON.stringify(inSnakeCase(value))}\n`);
  }
}

// Only our own names are changed: what the gateway's session holds under `collected` is its own.
function inSnakeCase(value: object): object {
  const renamed = Object.entries(value).map(([name, inner]) => {
    const isPlain =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) && name !== 'collected';
    return [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      isPlain ? inSnakeCase(inner) : inner,
    ];
  });
  return Object.fromEntries(renamed);
}
