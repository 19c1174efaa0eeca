import { monitorEventLoopDelay } from 'node:perf_hooks';
import { logSampler } from './log-sampler.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';

const BEAT_MS = 20;
const BLOCKED_MS = 100;
/** So long a process stands still only when it was stopped, swapped out or its machine moved: others may have taken it for dead. */
const STALLED_MS = 1000;
const LINES = { most: 1, spanMs: 10_000 } as const;
/** How often the delay is measured, which is part of what is measured. */
const RESOLUTION_MS = 20;

/**
 * Notices when the event loop was blocked, or the whole process stopped. Whoever waits for an answer with a deadline must not blame the
 * other side for such a time.
 */
export class EventLoopWatch {
  readonly #onBlocked: ((ms: number) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beatAt = Number.POSITIVE_INFINITY;
  #blockedUntil = Number.NEGATIVE_INFINITY;

  /** `onBlocked` is called after each time of 100 ms or more, with its milliseconds. */
  constructor(onBlocked?: (ms: number) => void) {
    this.#onBlocked = onBlocked;
  }

  /** Keeps no process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#beatAt = Number.POSITIVE_INFINITY;
  }

  /** Whether it was blocked for 100 ms or more at any time since `since` (of `performance.now()`), or is until now. */
  blockedSince(since: number): boolean {
    return this.#blockedUntil >= since || performance.now() - this.#beatAt >= BLOCKED_MS;
  }

  #beat(): void {
    const now = performance.now();
    const ms = now - this.#beatAt;
    this.#beatAt = now;
    if (ms < BLOCKED_MS) return;
    this.#blockedUntil = now;
    this.#onBlocked?.(ms);
  }
}

interface EventLoopOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The event loop was blocked for a second or more, and goes on. */
  readonly onStalled: () => void;
}

/**
 * The event loop that all calls share: its delay as a metric for each scrape, and one warning when it was blocked for 100 ms or more,
 * five frames of every call; at most one line in 10 s, which says how many such times were not logged. Returns the function that ends that.
 */
export function watchEventLoop({ logger, metrics, onStalled }: EventLoopOptions): () => void {
  const admit = logSampler(LINES);
  const watch = new EventLoopWatch((ms) => {
    const suppressed = admit('blocked');
    if (suppressed !== null) logger.warn({ blocked_ms: Math.round(ms), suppressed }, 'Event loop blocked');
    if (ms >= STALLED_MS) onStalled();
  });
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  metrics.onScrape(() => {
    if (delay.count === 0) return;
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
    metrics.eventLoopDelay.set({ quantile: '0.99' }, seconds(delay.percentile(99)));
    metrics.eventLoopDelay.set({ quantile: '1' }, seconds(delay.max));
    delay.reset();
  });
  watch.start();
  delay.enable();
  return () => {
    watch.stop();
    delay.disable();
  };
}
