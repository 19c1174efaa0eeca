import { eventLine, jsonLine } from '../../packages/twilio-simulator/src/call-command/call-json.js';
import type { CallEvent } from '../../packages/twilio-simulator/src/call-record.js';
import type { CallOutput, GatewayCallSummary } from './call-output.js';
import type { LiveSessionView } from './live-session-view.js';
import type { ModelStep } from './model-track.js';

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

  event(event: CallEvent): void {
    this.#write(eventLine(event));
  }

  session({ callSid: _, ...session }: LiveSessionView, atMs: number): void {
    this.#write(jsonLine({ event: 'session', atMs: Math.round(atMs), ...session }));
  }

  model({ does, text }: ModelStep, atMs: number): void {
    this.#write(jsonLine({ event: 'model', atMs: Math.round(atMs), does, text }));
  }

  summary(summary: GatewayCallSummary): void {
    this.#write(jsonLine({ event: 'summary', ...summary }));
  }
}
