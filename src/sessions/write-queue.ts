import type { JsonFields } from './json-fields.js';

interface Batch {
  readonly changes: JsonFields;
  readonly written: Promise<boolean>;
}

interface Lane {
  tail: Promise<unknown>;
  pending: number;
  /** The last in line, not begun yet: further updates join it. */
  joinable?: Batch;
}

/**
 * Keeps the writes of one call in the order in which they were asked for, one at a time. Updates that wait in line become
 * one write, so that any number of them in flight costs two round trips, and none meets another.
 */
export class WriteQueue {
  readonly #lanes = new Map<string, Lane>();

  isIdle(callSid: string): boolean {
    return !this.#lanes.has(callSid);
  }

  /** Runs `work` after every write before it; at once, in this same turn, when there is none. Settles like `work`. */
  alone<T>(callSid: string, work: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(callSid);
    if (lane !== undefined) delete lane.joinable;
    return this.#append(callSid, lane, work);
  }

  /** Like {@link alone}, but `write` gets all changes that came together while it waited. */
  merged(
    callSid: string,
    changes: JsonFields,
    write: (changes: JsonFields) => Promise<boolean>,
  ): Promise<boolean> {
    const lane = this.#lanes.get(callSid);
    if (lane === undefined) return this.#append(callSid, lane, () => write(changes));
    if (lane.joinable === undefined) lane.joinable = this.#newBatch(callSid, lane, write);
    for (const [name, member] of changes) lane.joinable.changes.set(name, member);
    return lane.joinable.written;
  }

  #newBatch(callSid: string, lane: Lane, write: (changes: JsonFields) => Promise<boolean>): Batch {
    const changes: JsonFields = new Map();
    const written = this.#append(callSid, lane, () => {
      if (lane.joinable?.changes === changes) delete lane.joinable;
      return write(changes);
    });
    return { changes, written };
  }

  #append<T>(callSid: string, lane: Lane | undefined, work: () => Promise<T>): Promise<T> {
    const result = lane === undefined ? work() : lane.tail.then(work);
    const line = lane ?? { tail: result, pending: 0 };
    if (lane === undefined) this.#lanes.set(callSid, line);
    line.pending += 1;
    const leave = () => {
      line.pending -= 1;
      if (line.pending === 0) this.#lanes.delete(callSid);
    };
    line.tail = result.then(leave, leave);
    return result;
  }
}
