import { LogSampler } from './log-sampler.js';
import type { Logger } from './logger.js';
import type { StoreMetrics } from './store-metrics.js';

/** A line of each operation at most so often. */
const LINES = { most: 1, spanMs: 10_000 } as const;

interface SlowOperationsOptions {
  /** What takes longer is slow. */
  readonly thresholdMs: number;
  readonly metrics: { readonly stores: Pick<StoreMetrics, 'slowOperations'> };
  readonly logger: Logger;
}

/**
 * Counts operations on Redis and the database that took long, and logs some of them: their names alone. The time is what this process saw:
 * its own delays are in it.
 */
export class SlowOperations {
  readonly thresholdMs: number;
  readonly #options: SlowOperationsOptions;
  readonly #sampler = new LogSampler(LINES);

  constructor(options: SlowOperationsOptions) {
    this.thresholdMs = options.thresholdMs;
    this.#options = options;
  }

  /** Called for every operation, or for those alone that took longer than the threshold. */
  took(operation: string, ms: number): void {
    if (ms <= this.thresholdMs) return;
    this.#options.metrics.stores.slowOperations.inc({ operation });
    const suppressed = this.#sampler.admit(operation);
    if (suppressed === null) return;
    const more = suppressed === 0 ? {} : { suppressed };
    this.#options.logger.warn({ operation, ms: Math.round(ms), ...more }, 'A slow operation');
  }
}
