import type { Server } from 'node:http';
import type { Config } from '../config.js';
import { withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { isLoopbackAddress, isLoopbackName } from '../core/loopback.js';
import { watchForStalls } from '../line/event-loop-stalls.js';
import type { PhoneLine } from '../line/phone-line.js';
import { closeServer, listen, stopListening } from './http-server.js';

/** A gateway that is not ready by then serves all the same. */
const READY_DEADLINE_MS = 15_000;

/** What a running gateway is made of. */
export interface GatewayParts {
  readonly config: Config;
  readonly logger: Logger;
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
  #endWatch: () => void = () => undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get publicUrl(): string {
    return this.#parts.line.origin;
  }

  async listen(): Promise<{ url: string; port: number }> {
    const { config } = this.#parts;
    const port = await listen(this.#parts.server, config.port, config.host);
    this.#parts.line.origin = config.publicUrl ?? `http://localhost:${port}`;
    this.#warnOfOpenPort();
    void this.#getReady();
    this.#endWatch = watchForStalls((ms) => this.#onStall(ms));
    const host = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host;
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port };
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
  async #getReady(): Promise<void> {
    const prepared = withDeadline(this.#parts.prepare(), READY_DEADLINE_MS, 'Getting ready');
    await prepared.catch((error) => this.#parts.logger.warn({ err: error }, 'Serving before all is ready'));
    if (this.#parts.line.phase === 'starting') this.#parts.line.phase = 'serving';
  }

  // Twilio may have gone on at another gateway: then its calls are no longer ours, and what ours still say is heard by nobody.
  #onStall(ms: number): void {
    const { line, logger } = this.#parts;
    logger.warn(
      { stood_ms: Math.round(ms) },
      'The process stood still; it looks which calls are still its own',
    );
    void line.registry.verify();
  }

  async drain(alone = false): Promise<void> {
    this.#parts.line.phase = 'draining';
    if (alone) stopListening(this.#parts.server);
    const limit = this.#parts.config.drainTimeoutSeconds * 1000;
    const { signal } = this.#shortened;
    const shortened = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });
    await withDeadline(Promise.race([this.#parts.line.untilEmpty(), shortened]), limit, 'Draining').catch(
      () => {
        this.#parts.logger.warn(
          { live: this.#parts.line.registry.liveCount },
          'The drain limit is reached; calls are handed over',
        );
      },
    );
  }

  shortenDrain(ms: number): void {
    setTimeout(() => this.#shortened.abort(), ms).unref();
  }

  async close(): Promise<void> {
    this.#endWatch();
    this.#parts.closing.abort();
    await this.#parts.line.handOver('the gateway stops');
    await closeServer(this.#parts.server);
    await this.#parts.release();
  }
}
