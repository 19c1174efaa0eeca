import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { LoopWatch } from '../core/event-loop-watch.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';

const QUIET_MS = 10_000;
/** How often the delay is measured, which is part of what is measured. */
const RESOLUTION_MS = 20;

/**
 * The delay of the event loop that all calls share: as a figure for each scrape, and one warning when it stood still for 100 ms or
 * more, five frames of every call; at most one line in 10 s, which says how many such times were held back.
 */
export class LoopAlarm {
  readonly #logger: Logger;
  readonly #watch = new LoopWatch((ms) => this.#stoodStill(ms));
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #warnedAt = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  constructor({ logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics }) {
    this.#logger = logger;
    metrics.onScrape(() => this.#measure(metrics));
  }

  start(): void {
    this.#watch.start();
    this.#delay.enable();
  }

  stop(): void {
    this.#watch.stop();
    this.#delay.disable();
  }

  #stoodStill(ms: number): void {
    const now = performance.now();
    if (now - this.#warnedAt < QUIET_MS) {
      this.#suppressed += 1;
      return;
    }
    const blockedMs = Math.round(ms);
    this.#logger.warn(
      { blockedMs, suppressed: this.#suppressed },
      'The process stood still: every call waited',
    );
    this.#warnedAt = now;
    this.#suppressed = 0;
  }

  #measure({ eventLoopDelay }: Metrics): void {
    if (this.#delay.count === 0) return;
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
    eventLoopDelay.set({ quantile: '0.99' }, seconds(this.#delay.percentile(99)));
    eventLoopDelay.set({ quantile: '1' }, seconds(this.#delay.max));
    this.#delay.reset();
  }
}
