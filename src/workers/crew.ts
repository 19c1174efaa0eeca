import type { Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CrewMetrics } from '../core/crew-metrics.js';
import { GatewayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { HandedConnection } from './handed-connections.js';
import { parseToPrimary, type ToPrimary } from './messages.js';
import type { Places } from './places.js';
import { RestartPause } from './restart-pause.js';
import { Switchboard } from './switchboard.js';
import { WorkerLink } from './worker-link.js';

/** A signal that came to a worker and to the primary within that time was one signal to all. */
const SAME_SIGNAL_MS = 300;
/** A worker that is to leave waits no longer for the one that takes its place. */
const HEIR_WITHIN_MS = 10_000;
/** So long after the end of all deadlines a worker does not end by itself any more. */
const OVERDUE_MS = 10_000;
/** What a worker has said before its end is read within that time. */
const READ_WITHIN_MS = 1000;
const LOOK_MS = 5;
/** As long as hurried workers take at most for their calls. */
const SHORTENED_DRAIN_MS = 10_000;

export interface CrewOptions {
  readonly size: number;
  readonly fork: () => Worker;
  readonly places: Places;
  readonly metrics: CrewMetrics;
  readonly logger: Logger;
  readonly drainTimeoutSeconds: number;
}

export interface CrewAddress {
  readonly url: string;
  readonly publicUrl: string;
}

/** The workers of a gateway: hired, replaced when they die or leave, and sent home together. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #links = new Map<number, WorkerLink>();
  readonly #switchboard: Switchboard;
  readonly #restart = new RestartPause();
  readonly #tokenSecret = randomBytes(32).toString('base64url');
  #hasListened = false;
  #isStopping = false;
  #isOverdue = false;
  #signalledAt = Number.NEGATIVE_INFINITY;
  #onAllListen: (address: CrewAddress) => void = () => undefined;
  #onFailed: (error: GatewayError) => void = () => undefined;
  #onAllGone: () => void = () => undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#switchboard = new Switchboard({ ...options, workers: () => this.#listening });
  }

  /** Settles when all listen. Rejects, with all ended, when one could not start before any had listened. */
  start(): Promise<CrewAddress> {
    return new Promise((resolve, reject) => {
      this.#onAllListen = resolve;
      this.#onFailed = reject;
      for (let n = 0; n < this.#options.size; n += 1) this.#hire();
    });
  }

  /** The primary was sent a signal, and perhaps the workers with it. False: it is not the first. */
  signalled(): boolean {
    this.#signalledAt = performance.now();
    if (!this.#isStopping) return true;
    this.#options.logger.info('Another signal: the calls are not waited for any longer');
    for (const link of this.#links.values()) link.send({ type: 'shortenDrain' });
    setTimeout(() => this.#killAll(), SHORTENED_DRAIN_MS + OVERDUE_MS);
    return false;
  }

  /** No new calls; settles when the live ones have ended and all workers with them: whether each ended by itself. Never rejects. */
  async stop(): Promise<boolean> {
    this.#isStopping = true;
    const limit = this.#options.drainTimeoutSeconds * 1000 + OVERDUE_MS;
    const overdue = setTimeout(() => this.#killAll(), limit);
    const gone = new Promise<void>((resolve) => {
      this.#onAllGone = resolve;
    });
    for (const link of this.#links.values()) link.send({ type: 'drain', alone: false });
    if (this.#links.size > 0) await gone;
    clearTimeout(overdue);
    return !this.#isOverdue;
  }

  get #listening(): WorkerLink[] {
    return [...this.#links.values()].filter(({ isListening }) => isListening);
  }

  #hire(): WorkerLink {
    const worker = this.#options.fork();
    const link = new WorkerLink(worker, (connection) => this.#handOn([connection], link));
    this.#links.set(link.id, link);
    worker.on('message', (data: unknown) => {
      const message = parseToPrimary(data);
      if (message) this.#take(link, message);
    });
    worker.once('exit', (code: number | null, signal: string | null) => this.#gone(link, code, signal));
    // Told by its exit.
    worker.on('error', () => undefined);
    return link;
  }

  #take(link: WorkerLink, message: ToPrimary): void {
    if (message.type === 'hello') this.#welcome(link);
    else if (message.type === 'listening') this.#listens(link, message);
    else if (message.type === 'failed') link.failure = message.message;
    else if (message.type === 'signalled') void this.#asked(link);
    else if (message.type === 'faulty') this.#replace(link, 'a fault nobody caught');
    else this.#switchboard.take(link, message);
  }

  #welcome(link: WorkerLink): void {
    link.send({ type: 'welcome', tokenSecret: this.#tokenSecret });
    // It could not hear it before.
    if (this.#isStopping) link.send({ type: 'drain', alone: false });
  }

  #listens(link: WorkerLink, address: CrewAddress): void {
    const { logger, size } = this.#options;
    link.listensAt(address);
    this.#hasListened = true;
    this.#switchboard.came();
    this.#count();
    logger.info({ worker: link.id, pid: link.pid }, 'A worker listens');
    if (this.#listening.length >= size) this.#onAllListen(address);
  }

  /** A worker was sent a signal. */
  async #asked(link: WorkerLink): Promise<void> {
    const askedAt = performance.now();
    await pause(SAME_SIGNAL_MS);
    if (this.#isStopping || this.#signalledAt > askedAt - SAME_SIGNAL_MS) return;
    if (link.isLeaving) return link.send({ type: 'shortenDrain' });
    this.#options.logger.info({ worker: link.id, pid: link.pid }, 'A worker leaves; another takes its place');
    link.isLeaving = true;
    // It serves until then: were all to leave at once, nobody would listen.
    await Promise.race([this.#hire().untilListening, pause(HEIR_WITHIN_MS)]);
    link.send({ type: 'drain', alone: true });
  }

  async #gone(link: WorkerLink, code: number | null, signal: string | null): Promise<void> {
    const { logger } = this.#options;
    this.#links.delete(link.id);
    this.#switchboard.gone(link);
    void this.#handOnFrom(link);
    this.#count();
    if (this.#links.size === 0) this.#onAllGone();
    // A signal to all may have come there first.
    if (signal === 'SIGTERM' || signal === 'SIGINT') await pause(SAME_SIGNAL_MS);
    const how = link.failure ?? (signal === null ? `exit status ${code}` : signal);
    if (this.#isStopping) logger.debug({ worker: link.id, how }, 'A worker has ended');
    else if (!this.#hasListened) this.#fail(link, how);
    else if (link.isLeaving) logger.info({ worker: link.id, pid: link.pid, how }, 'A worker has left');
    else this.#replace(link, how);
  }

  /** Once all is read that a worker has said, what it has not acknowledged was never taken; its exit may be known earlier. */
  async #handOnFrom(link: WorkerLink): Promise<void> {
    const deadline = performance.now() + READ_WITHIN_MS;
    while (link.isConnected && performance.now() < deadline) await pause(LOOK_MS);
    this.#handOn(link.connections.takeAll(), link);
  }

  /** Connections that a worker has not taken, to another; to none, if none listens. */
  #handOn(connections: readonly HandedConnection[], from: WorkerLink): void {
    const others = this.#listening.filter((link) => link !== from);
    for (const [n, connection] of connections.entries()) {
      const other = others[n % others.length];
      if (other) other.connections.handOn(connection);
      else connection.handle.close();
    }
  }

  #replace(link: WorkerLink, how: string): void {
    const { logger, metrics } = this.#options;
    if (link.isLeaving || this.#isStopping) return;
    link.isLeaving = true;
    const pause_ms = this.#restart.next(link.servedMs);
    metrics.workersLost.inc();
    logger.error({ worker: link.id, pid: link.pid, how, pause_ms }, 'A worker died; another takes its place');
    setTimeout(() => this.#isStopping || this.#hire(), pause_ms);
  }

  #fail(link: WorkerLink, how: string): void {
    this.#isStopping = true;
    for (const other of this.#links.values()) other.kill();
    this.#onFailed(
      new GatewayError('UNAVAILABLE', link.failure ?? `A worker ended before it listened: ${how}.`),
    );
  }

  #killAll(): void {
    this.#isOverdue = true;
    this.#options.logger.error({ workers: this.#links.size }, 'Workers do not end and are killed');
    for (const link of this.#links.values()) link.kill();
  }

  #count(): void {
    this.#options.metrics.workers.set(this.#listening.length);
  }
}
