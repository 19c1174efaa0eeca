import type { SendHandle } from 'node:child_process';
import type { Worker } from 'node:cluster';

/** A connection and the message that it was handed over with. */
export interface HandedConnection {
  readonly message: object;
  readonly handle: SendHandle & { close(): void };
}

/** Far above what Node itself counts, so that it takes no answer for one of its own. */
const FIRST_SEQ = 2 ** 40;

/**
 * The connections that the primary has handed to a worker and that it has not taken yet. Node forgets them when the worker dies in that
 * moment: they stay open, and nobody answers. They are kept in view here by the messages of `node:cluster` itself (`newconn`, and `ack`
 * for its `seq`), to be handed to another.
 */
export class HandedConnections {
  readonly #worker: Worker;
  readonly #handed = new Map<number, HandedConnection>();
  #lastSeq = FIRST_SEQ;
  readonly #onRefused: (connection: HandedConnection) => void;

  /** `onRefused`: what was handed on by {@link handOn} was not taken, because the worker has stopped listening. */
  constructor(worker: Worker, onRefused: (connection: HandedConnection) => void) {
    this.#worker = worker;
    this.#onRefused = onRefused;
    const { process } = worker;
    const send = process.send.bind(process) as (...sent: unknown[]) => boolean;
    process.send = (...sent: unknown[]) => {
      this.#see(sent);
      return send(...sent);
    };
    process.on('internalMessage', (message: unknown) => this.#taken(message));
  }

  /** What the worker has not taken, for another; from now on it counts as that one's. */
  takeAll(): HandedConnection[] {
    const all = [...this.#handed.values()];
    this.#handed.clear();
    return all;
  }

  /** Hands a connection on that another worker has left. */
  handOn({ message, handle }: HandedConnection): void {
    this.#lastSeq += 1;
    this.#worker.process.send({ ...message, seq: this.#lastSeq }, handle);
  }

  #see([message, handle]: readonly unknown[]): void {
    if (typeof message !== 'object' || message === null || !isHandle(handle)) return;
    if (!('act' in message && message.act === 'newconn' && 'seq' in message)) return;
    if (typeof message.seq === 'number') this.#handed.set(message.seq, { message, handle });
  }

  #taken(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('ack' in message)) return;
    if (typeof message.ack !== 'number') return;
    const handed = this.#handed.get(message.ack);
    this.#handed.delete(message.ack);
    // Node sees to those that it has handed out itself.
    if (!handed || message.ack <= FIRST_SEQ) return;
    if ('accepted' in message && message.accepted === true) handed.handle.close();
    else this.#onRefused(handed);
  }
}

function isHandle(handle: unknown): handle is HandedConnection['handle'] {
  return typeof handle === 'object' && handle !== null && 'close' in handle;
}
