import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '../../src/core/logger.js';
import { createRedisStore } from '../../src/index.js';

const EVERY_MS = 25;
const AT_ONCE = 5;

interface Sample {
  readonly at: number;
  readonly ms: number;
  readonly isStored: boolean;
}

/** A program that uses the store as a library: how long each of its calls takes, whatever Redis does. */
export class StoreProbe {
  readonly #store: ReturnType<typeof createRedisStore>;
  readonly #stop = new AbortController();
  readonly #samples: Sample[] = [];
  #running: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(url: string) {
    this.#store = createRedisStore({ url, logger: silentLogger() });
  }

  async start(): Promise<void> {
    for (let n = 0; n < AT_ONCE; n++) await this.#store.setSession(`CA-probe-${n}`, {}, 60);
    this.#running = this.#run();
  }

  /** Of the calls that began in this time (of `performance.now()`): the longest, what 99 of 100 took, and how many were stored. */
  between(from: number, to: number): { calls: number; stored: number; longestMs: number; mostMs: number } {
    const samples = this.#samples.filter(({ at }) => at >= from && at < to);
    const times = samples.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      calls: samples.length,
      stored: samples.filter(({ isStored }) => isStored).length,
      longestMs: times.at(-1) ?? 0,
      mostMs: times[Math.floor(times.length * 0.99)] ?? 0,
    };
  }

  /** How many calls never settled. */
  async end(): Promise<number> {
    this.#stop.abort();
    await this.#running;
    await this.#store.close();
    await pause(100);
    return this.#pending;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (let n = 0; n < AT_ONCE; n++) void this.#write(n);
      await pause(EVERY_MS);
    }
  }

  async #write(n: number): Promise<void> {
    const at = performance.now();
    this.#pending += 1;
    const isStored = await this.#store.updateSession(`CA-probe-${n}`, { at });
    this.#pending -= 1;
    this.#samples.push({ at, ms: performance.now() - at, isStored });
  }
}
