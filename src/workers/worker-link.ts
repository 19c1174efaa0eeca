import type { Worker } from 'node:cluster';
import { type HandedConnection, HandedConnections } from './handed-connections.js';
import type { ToWorker } from './messages.js';

/** A worker, as the primary knows it. */
export class WorkerLink {
  readonly id: number;
  readonly pid: number;
  /** The address at which it answers; null before. */
  address: { readonly url: string; readonly publicUrl: string } | null = null;
  /** Why it could not start, as it has told. */
  failure: string | null = null;
  /** It ends, and another takes its place. */
  isLeaving = false;
  /** It was told to send every change of its calls. */
  relays = false;
  /** Settles when it listens; never, if it does not come to that. */
  readonly untilListening: Promise<void>;
  readonly #worker: Worker;
  #onListening: () => void = () => undefined;
  #listeningSince = Number.POSITIVE_INFINITY;

  readonly connections: HandedConnections;

  /** `onRefused`: see {@link HandedConnections}. */
  constructor(worker: Worker, onRefused: (connection: HandedConnection) => void) {
    this.#worker = worker;
    this.connections = new HandedConnections(worker, onRefused);
    this.id = worker.id;
    this.pid = worker.process.pid ?? 0;
    this.untilListening = new Promise((resolve) => {
      this.#onListening = resolve;
    });
  }

  /** It may still say something. */
  get isConnected(): boolean {
    return this.#worker.isConnected();
  }

  get isListening(): boolean {
    return this.address !== null && this.isConnected;
  }

  /** For how many milliseconds it has listened. */
  get servedMs(): number {
    return Math.max(0, performance.now() - this.#listeningSince);
  }

  listensAt(address: { readonly url: string; readonly publicUrl: string }): void {
    this.address = { url: address.url, publicUrl: address.publicUrl };
    this.#listeningSince = performance.now();
    this.#onListening();
  }

  /** Nothing happens when the worker is gone. */
  send(message: ToWorker): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => undefined);
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }
}
