import { logSampler } from './log-sampler.js';
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
export interface SlowOperations {
  readonly thresholdMs: number;
  /** Called for every operation, or for those alone that took longer than the threshold. */
  readonly took: (operation: string, ms: number) => void;
}

export function slowOperations({ thresholdMs, metrics, logger }: SlowOperationsOptions): SlowOperations {
  const admit = logSampler(LINES);
  const took = (operation: string, ms: number) => {
    if (ms <= thresholdMs) return;
    metrics.stores.slowOperations.inc({ operation });
    const suppressed = admit(operation);
    if (suppressed === null) return;
    const more = suppressed === 0 ? {} : { suppressed };
    logger.warn({ operation, ms: Math.round(ms), ...more }, 'A slow operation');
  };
  return { thresholdMs, took };
}
