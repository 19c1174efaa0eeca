import type { RegisteredCall } from '../calls/call-dependencies.js';
import type { Metrics } from '../core/metrics.js';
import type { LiveSession } from '../sessions/live-session.js';

/** The calls with an open stream, each by its newest one. */
export class LiveCalls {
  readonly #metrics: Metrics;
  readonly #onChange: () => void;
  readonly #calls = new Map<string, RegisteredCall>();
  readonly #onEmpty: (() => void)[] = [];

  /** `onChange`: a call has become live, or is live no more. */
  constructor(metrics: Metrics, onChange: () => void) {
    this.#metrics = metrics;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#calls.size;
  }

  get all(): ReadonlyMap<string, RegisteredCall> {
    return this.#calls;
  }

  get sessions(): LiveSession[] {
    return [...this.#calls.values()].flatMap(({ session }) => session ?? []);
  }

  get(callSid: string): RegisteredCall | undefined {
    return this.#calls.get(callSid);
  }

  has(callSid: string): boolean {
    return this.#calls.has(callSid);
  }

  /** A call begins here, or its pending one has become live. */
  add(callSid: string, call: RegisteredCall): void {
    this.#calls.set(callSid, call);
    this.#count();
  }

  remove(callSid: string): void {
    this.#calls.delete(callSid);
    this.#count();
  }

  /** Settles when no call is live, at once if none is. */
  async untilEmpty(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #count(): void {
    this.#metrics.liveCalls.set(this.#calls.size);
    this.#onChange();
    if (this.#calls.size === 0) for (const notify of this.#onEmpty.splice(0)) notify();
  }
}
