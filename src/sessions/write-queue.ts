import type { JsonFields } from './json-fields.js';

/** One update of a session. */
interface Update {
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

interface CallQueue {
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
  readonly #queues = new Map<string, CallQueue>();

  isIdle(callSid: string): boolean {
    return !this.#queues.has(callSid);
  }

  /** Runs `work` after every write before it; at once, in this same turn, when there is none. Settles like `work`. */
  alone<T>(callSid: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(callSid);
    if (queue !== undefined) delete queue.joinable;
    return this.#append(callSid, queue, work);
  }

  /** Like {@link alone}, but `write` gets the changes of all updates that came together while it waited. */
  merged(callSid: string, update: Update, write: (changes: Changes) => Promise<boolean>): Promise<boolean> {
    const queue = this.#queues.get(callSid);
    if (queue === undefined) {
      const changes = () => (update.isWaited() ? update.changes : undefined);
      return this.#append(callSid, queue, () => write(changes));
    }
    if (queue.joinable === undefined) queue.joinable = this.#newBatch(callSid, queue, write);
    const member: Member = { ...update, isIn: false };
    queue.joinable.members.push(member);
    return queue.joinable.written.then((isWritten) => isWritten && member.isIn);
  }

  #newBatch(callSid: string, queue: CallQueue, write: (changes: Changes) => Promise<boolean>): Batch {
    const members: Member[] = [];
    const written = this.#append(callSid, queue, () => {
      if (queue.joinable?.members === members) delete queue.joinable;
      return write(() => together(members));
    });
    return { members, written };
  }

  #append<T>(callSid: string, queue: CallQueue | undefined, work: () => Promise<T>): Promise<T> {
    const result = queue === undefined ? work() : queue.tail.then(work);
    const line = queue ?? { tail: result, pending: 0 };
    if (queue === undefined) this.#queues.set(callSid, line);
    line.pending += 1;
    const leave = () => {
      line.pending -= 1;
      if (line.pending === 0) this.#queues.delete(callSid);
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
