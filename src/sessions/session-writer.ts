import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Adopted, FencedSessionWriter, SaveResult, StoredOver } from './fenced-session-writer.js';
import type { Session } from './session.js';

/** How a write of a live session ended. */
export type WriteOutcome = StoredOver | 'fenced' | 'failed';

export interface WriteOptions {
  readonly logger: Logger;
  readonly ttlSeconds: number;
  /** A later stream owns the session, or the call was ended by another gateway: nothing is written any more. Called once. */
  readonly onFenced?: () => void;
  /** Called once for each write, with how it ended. */
  readonly onWrite?: (outcome: WriteOutcome) => void;
  /**
   * Subscribes to the store's being reachable (again, perhaps empty) and returns what ends that; RedisClient's `onReady`.
   * Without it a session that the store lost is found missing with its next change only.
   */
  readonly onStoreReady?: (listener: () => void) => () => void;
}

export interface SessionWriterOptions extends WriteOptions {
  readonly slot: FencedSessionWriter;
  readonly callSid: string;
  /** The session as it is now. */
  readonly read: () => Session;
  /** Others have changed fields of `saved`, which was stored with their changes. */
  readonly onAdopted: (adopted: Adopted, saved: Session) => void;
}

interface Waiting {
  /** Attempts begun when the wait began: the first one after it carries everything that was waited for. */
  readonly begun: number;
  readonly done: () => void;
}

/** The store is reachable again for all calls at once: they look after their sessions within so many ms, each at its own time. */
const SPREAD_MS = 500;
/** The pause before a failed write is tried again: this, doubling to the other. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 1_000];

/**
 * Writes a session behind the live call that changes it: one write in flight, everything that changed meanwhile in the
 * next one. What fails is tried again for as long as the call lives.
 */
export class SessionWriter {
  readonly #options: SessionWriterOptions;
  readonly #unsubscribe: (() => void) | undefined;
  #dirty = true;
  /** Since when the oldest change waits that is still to be sent, and the oldest of those that are on their way. */
  #waitingSince: number | undefined;
  #sentSince: number | undefined;
  #waiting: Waiting[] = [];
  #begun = 0;
  #loop: Promise<void> | undefined;
  #cutPause: () => void = () => undefined;
  #renewal: NodeJS.Timeout | undefined;
  #verification: NodeJS.Timeout | undefined;
  #stopped = false;
  #isFenced = false;

  /** Begins by writing the session. */
  constructor(options: SessionWriterOptions) {
    this.#options = options;
    this.#waitingSince = performance.now();
    this.#unsubscribe = options.onStoreReady?.(() => this.#verifySoon());
    this.#start();
  }

  get fenced(): boolean {
    return this.#isFenced;
  }

  /** Nothing is to be written and nothing under way: what is stored is ours, as it is. */
  get isSettled(): boolean {
    return this.#loop === undefined && !this.#dirty;
  }

  /** Since when (of `performance.now()`) a change waits to be stored; `undefined` when all is. */
  get behindSince(): number | undefined {
    return this.#stopped ? undefined : this.#oldest;
  }

  get #oldest(): number | undefined {
    return this.#sentSince ?? this.#waitingSince;
  }

  /** The session has changed: what it is at the end of this turn is to be written. */
  write(): void {
    this.#waitingSince ??= performance.now();
    this.verify();
  }

  /** Nothing has changed, but what is stored may be something else, or about to expire. */
  verify(): void {
    this.#dirty = true;
    this.#start();
  }

  /** Settles when what is to be written now was written, or one more attempt at it failed. */
  flush(): Promise<void> {
    if (this.#loop === undefined) return Promise.resolve();
    this.#cutPause();
    return new Promise((done) => this.#waiting.push({ begun: this.#begun, done }));
  }

  /** Nothing is begun any more; settles when what is under way has ended. */
  async stop(): Promise<void> {
    this.#end();
    await this.#loop;
  }

  #end(): void {
    this.#stopped = true;
    this.#unsubscribe?.();
    clearTimeout(this.#renewal);
    clearTimeout(this.#verification);
    this.#cutPause();
  }

  /** The store answers again, perhaps empty, perhaps with what it held long ago. */
  #verifySoon(): void {
    clearTimeout(this.#verification);
    const verify = () => {
      this.#cutPause();
      this.verify();
    };
    this.#verification = setTimeout(verify, Math.random() * SPREAD_MS).unref();
  }

  #start(): void {
    if (this.#loop !== undefined || this.#stopped || !this.#dirty) return;
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    await new Promise((turnOver) => setImmediate(turnOver));
    let failures = 0;
    while (this.#dirty && !this.#stopped) {
      this.#begun += 1;
      const isStored = await this.#attempt().catch((error: unknown) => this.#broke(error));
      this.#settleWaiting();
      failures = isStored ? 0 : failures + 1;
      if (failures > 0 && !this.#stopped) await this.#pause(failures);
    }
    this.#loop = undefined;
    this.#settleWaiting();
  }

  /** Whoever is told of a write has a fault: another attempt tells them again. */
  #broke(error: unknown): false {
    const { logger, callSid } = this.#options;
    logger.error({ call_sid: callSid, err: error }, 'What follows the write of a live session has a fault');
    this.#dirty = true;
    return false;
  }

  /** Until a failed write is tried again, or somebody cuts that short. */
  #pause(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#cutPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #attempt(): Promise<boolean> {
    this.#dirty = false;
    this.#sentSince = this.#waitingSince;
    this.#waitingSince = undefined;
    const session = this.#options.read();
    const result = await this.#options.slot.save(session).catch((error: unknown) => this.#rejected(error));
    const isStored = result.outcome === 'stored';
    if (!isStored) this.#waitingSince = this.#oldest;
    this.#sentSince = undefined;
    this.#options.onWrite?.(isStored ? result.over : result.outcome);
    if (isStored) this.#stored(result, session);
    else if (result.outcome === 'fenced') this.#fenced();
    else this.#dirty = true;
    return isStored;
  }

  #stored({ adopted, over }: SaveResult & { readonly outcome: 'stored' }, session: Session): void {
    const { logger, callSid, onAdopted } = this.#options;
    if (over === 'restored')
      logger.info({ call_sid: callSid }, 'The stored session of a live call was gone: it is written again');
    if (Object.keys(adopted).length > 0) onAdopted(adopted, session);
    this.#renewLater();
  }

  #fenced(): void {
    const { logger, callSid, onFenced } = this.#options;
    const lost = 'A later stream owns the session of this call, or has ended it: it is written no more';
    logger.warn({ call_sid: callSid }, lost);
    this.#isFenced = true;
    this.#end();
    onFenced?.();
  }

  #rejected(error: unknown): SaveResult {
    const { logger, callSid } = this.#options;
    logger.error({ call_sid: callSid, err: summarize(error) }, 'A live session cannot be stored as it is');
    return { outcome: 'failed' };
  }

  /** A call may last longer than its time to live. */
  #renewLater(): void {
    clearTimeout(this.#renewal);
    if (this.#stopped) return;
    this.#renewal = setTimeout(() => this.verify(), (this.#options.ttlSeconds * 1_000) / 3).unref();
  }

  #settleWaiting(): void {
    const isSettled = ({ begun }: Waiting) => this.#loop === undefined || this.#begun > begun;
    const settled = this.#waiting.filter(isSettled);
    this.#waiting = this.#waiting.filter((each) => !isSettled(each));
    for (const { done } of settled) done();
  }
}
