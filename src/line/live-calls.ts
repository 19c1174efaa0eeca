import type { RegisteredCall } from '../calls/call-dependencies.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Metrics } from '../core/metrics.js';
import type { LiveSession, LiveSessionOptions } from '../sessions/live-session.js';
import type { Intervention } from '../sessions/session.js';
import type { CallChange, WordsNow } from './fleet.js';
import type { CallRegistryOptions } from './phone-line-options.js';
import { WordsWatch } from './words-now.js';

/** The calls with an open stream, each by its newest one. */
export class LiveCalls {
  readonly #metrics: Metrics;
  readonly #onChange: () => void;
  readonly #calls = new Map<string, RegisteredCall>();
  /** What was done to the latest calls here, also when they are over. */
  readonly #intervened = new BoundedMap<string, Intervention>();
  readonly #onEmpty: (() => void)[] = [];
  readonly #watchers = new Set<(event: CallChange) => void>();
  readonly #words = new WordsWatch(() => this.#calls);

  /** `onChange`: a call has become live, or is live no more. */
  constructor(metrics: Metrics, onChange: () => void) {
    this.#metrics = metrics;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Those from the telephone: a browser that tries the line takes no place of a caller. */
  get phoneCount(): number {
    return [...this.#calls.values()].filter(({ claims }) => claims.via === undefined).length;
  }

  get all(): ReadonlyMap<string, RegisteredCall> {
    return this.#calls;
  }

  get sessions(): LiveSession[] {
    return [...this.#calls.values()].flatMap(({ session }) => session ?? []);
  }

  get(callSid: string): RegisteredCall | undefined {
    return this.#calls.get(callSid);
  }

  has(callSid: string): boolean {
    return this.#calls.has(callSid);
  }

  /** See `FleetMember`. */
  watch(watcher: (event: CallChange) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Tells whoever watches. */
  tell(event: CallChange): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** See `FleetMember`. */
  watchWords(watcher: (words: WordsNow) => void): () => void {
    return this.#words.watch(watcher);
  }

  /** Whether it was done; where somebody was first, what was done. */
  intervene(callSid: string, intervention: Intervention): boolean | Intervention {
    const isDone = this.#calls.get(callSid)?.yield(intervention) === true;
    if (isDone) this.#intervened.set(callSid, intervention);
    return isDone || (this.#intervened.get(callSid) ?? false);
  }

  /** What every session of a live call is given. */
  static sessionOptions(options: CallRegistryOptions) {
    const { store, logger, metrics, sessionTtlSeconds: ttlSeconds, onStoreReady } = options;
    const onWrite: LiveSessionOptions['onWrite'] = (outcome) => metrics.sessionWrites.inc({ outcome });
    return { store, logger, ttlSeconds, onWrite, ...(onStoreReady ? { onStoreReady } : {}) };
  }

  /** A call begins here, or its pending one has become live. */
  add(callSid: string, call: RegisteredCall): void {
    this.#calls.set(callSid, call);
    this.#count();
  }

  remove(callSid: string): void {
    this.#calls.delete(callSid);
    this.#count();
  }

  /** Settles when no call is live, at once if none is. */
  async untilEmpty(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #count(): void {
    this.#metrics.liveCalls.set(this.#calls.size);
    this.#onChange();
    if (this.#calls.size === 0) for (const notify of this.#onEmpty.splice(0)) notify();
  }
}
