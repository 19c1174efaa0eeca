import cluster from 'node:cluster';
import type { Logger } from '../core/logger.js';
import type { CrewSiblings } from './crew-siblings.js';
import type { ToWorker } from './messages.js';
import type { PrimaryLink } from './primary-link.js';

/** A second signal, or a fault nobody caught, does not wait for the calls any longer. */
const SHORTENED_DRAIN_MS = 10_000;

/** The gateway that a worker is, as far as its life goes. */
export interface LivingGateway {
  readonly publicUrl: string;
  listen(): Promise<{ readonly url: string }>;
  drain(alone?: boolean): Promise<void>;
  shortenDrain(ms: number): void;
  close(): Promise<void>;
}

export interface WorkerLifeOptions {
  readonly primary: PrimaryLink;
  readonly siblings: CrewSiblings;
  readonly logger: Logger;
}

/**
 * The life of a worker, which the primary rules: a signal that comes here may have come to all, so that the primary is asked what it
 * means. Without a primary nobody can call any more: then the worker lets its calls end, and ends itself.
 */
export class WorkerLife {
  readonly #options: WorkerLifeOptions;
  #gateway: LivingGateway | null = null;
  #isStopping = false;

  constructor(options: WorkerLifeOptions) {
    this.#options = options;
    options.primary.onMessage((message) => this.#take(message));
    process.on('SIGTERM', () => this.#signalled('SIGTERM'));
    process.on('SIGINT', () => this.#signalled('SIGINT'));
    process.on('uncaughtException', (error) => this.#fault(error));
    process.on('unhandledRejection', (error) => this.#fault(error));
    const { worker } = cluster;
    worker?.once('disconnect', () => {
      // Else Node ends the process here and now.
      worker.exitedAfterDisconnect = true;
      void this.#stop('the primary process is gone', true);
    });
  }

  /** Rejects with a clear sentence when the address cannot be used. */
  async serve(gateway: LivingGateway): Promise<void> {
    this.#gateway = gateway;
    const { url } = await gateway.listen();
    this.#options.primary.send({ type: 'listening', url, publicUrl: gateway.publicUrl });
  }

  #take(message: ToWorker): void {
    if (message.type === 'shortenDrain') this.#gateway?.shortenDrain(SHORTENED_DRAIN_MS);
    else if (message.type === 'drain') void this.#drain(message.alone);
    else this.#options.siblings.take(message);
  }

  #drain(alone: boolean): Promise<void> {
    if (!alone) this.#options.siblings.areLeaving = true;
    return this.#stop(alone ? 'a signal to this worker' : 'the gateway stops', alone);
  }

  #signalled(why: string): void {
    if (this.#options.primary.isThere) this.#options.primary.send({ type: 'signalled' });
    else if (this.#isStopping) this.#gateway?.shortenDrain(SHORTENED_DRAIN_MS);
    else void this.#stop(why, true);
  }

  #fault(error: unknown): void {
    const { logger, primary } = this.#options;
    logger.fatal({ err: error }, 'A fault nobody caught; the calls are handed over and the process ends');
    this.#gateway?.shortenDrain(SHORTENED_DRAIN_MS);
    primary.send({ type: 'faulty' });
    void this.#stop('fault', true, 1);
  }

  async #stop(why: string, alone: boolean, exitCode = 0): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { logger, siblings } = this.#options;
    logger.info({ why }, 'Stopping: no new calls, the live ones finish');
    await this.#gateway?.drain(alone);
    await this.#gateway?.close();
    await siblings.bequeath();
    logger.info({ why }, 'Stopped');
    process.exit(exitCode);
  }
}
