import { setTimeout as delay } from 'node:timers/promises';
import { summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { maySucceedLater } from '../database/sql-error.js';

/** What is written of a call. */
interface OfCall {
  readonly call_sid: string;
}

export interface RecordQueueOptions<T extends OfCall> {
  /** Writes one; may be called again for the same one. */
  readonly write: (record: T) => Promise<void>;
  readonly logger: Logger;
  /** Each is kept there too until it is written: this process may end before. Absent: only here. */
  readonly kept?: Kept<T> | undefined;
  /** The oldest is given up beyond this many; 10,000 when absent. */
  readonly limit?: number;
  /** Milliseconds between attempts while the database does not answer; doubles from the first to the last. */
  readonly retryMs?: { readonly first: number; readonly last: number };
}

interface Kept<T> {
  keep(record: T): Promise<boolean>;
  forget(callSid: string): Promise<void>;
}

/** What is known of calls on its way into the database: in order, one at a time, kept while the database is away. */
export class RecordQueue<T extends OfCall> {
  readonly #options: RecordQueueOptions<T>;
  readonly #waiting: T[] = [];
  readonly #closing = new AbortController();
  /** By CallSid, whether it is kept: as soon as that is known. */
  readonly #kept = new Map<string, Promise<boolean>>();
  #draining: Promise<void> | null = null;

  constructor(options: RecordQueueOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** `isKept`: it comes from where calls are kept, and goes from there once it is written. A call that waits already is no second one. */
  add(call: T, isKept = false): void {
    if (this.#closing.signal.aborted) return this.#giveUp(call, 'the call log is closed');
    if (isKept && this.#kept.has(call.call_sid)) return;
    this.#waiting.push(call);
    if (isKept) this.#kept.set(call.call_sid, Promise.resolve(true));
    else this.#keep(call);
    if (this.#waiting.length > (this.#options.limit ?? 10_000)) {
      this.#giveUp(this.#waiting.shift(), 'too many calls wait for the database');
    }
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
  }

  /** Settles when nothing waits any more: not while the database is away. */
  async drained(): Promise<void> {
    await this.#draining;
  }

  /** Settles when nothing waits any more or `timeoutMs` have passed, and it is known which of the others are kept. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    const drained = this.#draining ?? Promise.resolve();
    await withDeadline(drained, timeoutMs, 'Recording the last calls').catch(() => {});
    this.#closing.abort();
    for (const call of this.#waiting.splice(0)) {
      const { call_sid } = call;
      if (await this.#kept.get(call_sid))
        this.#options.logger.warn({ call_sid }, 'A call is not recorded yet: it is kept for another gateway');
      else this.#giveUp(call, 'the gateway ended before the database answered');
    }
  }

  async #drain(): Promise<void> {
    const { first, last } = this.#options.retryMs ?? { first: 250, last: 10_000 };
    let wait = first;
    for (let call = this.#waiting[0]; call; call = this.#waiting[0]) {
      if (await this.#isSettled(call)) {
        if (this.#waiting[0] === call) this.#waiting.shift();
        wait = first;
        continue;
      }
      await delay(wait, undefined, { signal: this.#closing.signal }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      wait = Math.min(wait * 2, last);
    }
  }

  /** Written, or not to be written by any number of attempts. */
  async #isSettled(call: T): Promise<boolean> {
    try {
      await this.#options.write(call);
      this.#forget(call);
      return true;
    } catch (error) {
      if (!maySucceedLater(error)) {
        this.#forget(call);
        this.#giveUp(call, summarize(error).message);
        return true;
      }
      for (const each of this.#waiting) this.#keep(each);
      this.#options.logger.warn({ waiting: this.size, ...summarize(error) }, 'A call is not recorded yet');
      return false;
    }
  }

  #keep(call: T): void {
    const { call_sid } = call;
    if (!this.#options.kept || this.#kept.has(call_sid)) return;
    const kept = this.#options.kept.keep(call);
    this.#kept.set(call_sid, kept);
    // What is not known to be kept is handed over again after the next attempt.
    void kept.then((isKept) => {
      if (!isKept && this.#kept.get(call_sid) === kept) this.#kept.delete(call_sid);
    });
  }

  #forget({ call_sid }: T): void {
    if (this.#kept.delete(call_sid)) void this.#options.kept?.forget(call_sid);
  }

  #giveUp(call: T | undefined, reason: string): void {
    if (call) this.#kept.delete(call.call_sid);
    this.#options.logger.error({ call_sid: call?.call_sid, reason }, 'A call is not recorded: given up');
  }
}
