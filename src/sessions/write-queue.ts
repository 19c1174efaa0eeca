import type { JsonFields } from './json-fields.js';

/** One update of a session. */
export interface Update {
  readonly changes: JsonFields;
  /** Whether who asked for it still waits: else it was told that its outcome is unknown, and nothing may be begun for it. */
  readonly isWaited: () => boolean;
}

/** What is to be changed, asked before every attempt; `undefined`: nothing any more. */
export type Changes = () => JsonFields | undefined;

interface Member extends Update {
  /** Its changes are in the latest attempt. */
  isIn: boolean;
}

interface Batch {
  readonly members: Member[];
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

  /** Like {@link alone}, but `write` gets the changes of all updates that came together while it waited. */
  merged(callSid: string, update: Update, write: (changes: Changes) => Promise<boolean>): Promise<boolean> {
    const lane = this.#lanes.get(callSid);
    if (lane === undefined) {
      const changes = () => (update.isWaited() ? update.changes : undefined);
      return this.#append(callSid, lane, () => write(changes));
    }
    if (lane.joinable === undefined) lane.joinable = this.#newBatch(callSid, lane, write);
    const member: Member = { ...update, isIn: false };
    lane.joinable.members.push(member);
    return lane.joinable.written.then((isWritten) => isWritten && member.isIn);
  }

  #newBatch(callSid: string, lane: Lane, write: (changes: Changes) => Promise<boolean>): Batch {
    const members: Member[] = [];
    const written = this.#append(callSid, lane, () => {
      if (lane.joinable?.members === members) delete lane.joinable;
      return write(() => together(members));
    });
    return { members, written };
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

function together(members: readonly Member[]): JsonFields | undefined {
  for (const member of members) member.isIn = member.isWaited();
  const waited = members.filter(({ isIn }) => isIn);
  if (waited.length === 0) return undefined;
  const all: JsonFields = new Map();
  for (const { changes } of waited) for (const [name, member] of changes) all.set(name, member);
  return all;
}
