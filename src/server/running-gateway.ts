import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config.js';
import { summarize, withDeadline } from '../core/errors.js';
import { hostAndPort } from '../core/host-and-port.js';
import type { Logger } from '../core/logger.js';
import { isLoopbackAddress, isLoopbackName } from '../core/loopback.js';
import type { PhoneLine } from '../line/phone-line.js';
import type { CurrentShop } from '../shop/shop.js';
import { closeServer, listen } from './http-server.js';

/** A gateway that is not ready by then serves all the same. */
const READY_DEADLINE_MS = 15_000;

/** What a running gateway is made of. */
interface GatewayParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly current: CurrentShop;
  readonly line: PhoneLine;
  readonly server: Server;
  /** Aborted when the gateway closes: what still gets ready then need not. */
  readonly closing: AbortController;
  /** Settles when what every caller needs first is at hand; goes on with the rest. */
  readonly prepare: () => Promise<void>;
  /** Closes stores, database and voice. */
  readonly release: () => Promise<void>;
}

/** The life of a gateway: listening, getting ready, draining, closing. */
export class RunningGateway {
  readonly #parts: GatewayParts;
  readonly #shortened = new AbortController();

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get publicUrl(): string {
    return this.#parts.line.origin;
  }

  get shopName(): string {
    return this.#parts.current.now.settings.name;
  }

  async listen(): Promise<{ url: string; port: number; ready: Promise<boolean> }> {
    const { config } = this.#parts;
    const port = await listen(this.#parts.server, config.port, config.host);
    this.#parts.line.listenAt(config.publicUrl ?? `http://localhost:${port}`);
    this.#warnOfOpenPort();
    const ready = this.#getReady();
    const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
    return { url: `http://${hostAndPort(host, port)}`, port, ready };
  }

  #warnOfOpenPort(): void {
    const { config, logger } = this.#parts;
    const isLocal = isLoopbackName(config.host) || isLoopbackAddress(config.host);
    if (config.twilio.authToken !== undefined || isLocal) return;
    logger.warn(
      { host: config.host },
      'TWILIO_AUTH_TOKEN is not set: calls from other machines are refused, whatever HOST says',
    );
  }

  // Calls are answered from the start; the balancer sends none before this.
  async #getReady(): Promise<boolean> {
    const prepared = withDeadline(this.#parts.prepare(), READY_DEADLINE_MS, 'Getting ready');
    await prepared.catch((error) => this.#parts.logger.warn(summarize(error), 'Serving before all is ready'));
    this.#parts.line.serve();
    return this.#parts.line.phase === 'serving';
  }

  async drain(): Promise<void> {
    const { line, logger, config } = this.#parts;
    const { signal } = this.#shortened;
    if (config.drainNoticeSeconds > 0) {
      line.leave();
      await pause(config.drainNoticeSeconds * 1000, undefined, { signal }).catch(() => undefined);
    }
    const shortened = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    const limit = config.drainTimeoutSeconds * 1000;
    await withDeadline(Promise.race([line.drain(), shortened]), limit, 'Draining').catch(() => {
      logger.warn({ live: line.registry.liveCount }, 'The drain limit is reached; calls are handed over');
    });
  }

  shortenDrain(ms: number): void {
    setTimeout(() => this.#shortened.abort(), ms).unref();
  }

  async close(): Promise<void> {
    this.#parts.closing.abort();
    await this.#parts.line.handOver('the gateway stops');
    await closeServer(this.#parts.server);
    await this.#parts.release();
  }
}
