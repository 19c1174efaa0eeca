import { summarize } from '../errors.js';
import type { Logger } from '../logger.js';
import { type Changes, PendingChanges } from './pending-changes.js';
import { RetryPause } from './retry-pause.js';
import type { Session } from './session.js';
import type { SessionStore } from './session-store.js';

export interface SessionWriterOptions {
  readonly store: SessionStore;
  readonly logger: Logger;
  readonly callSid: string;
  readonly ttlSeconds: number;
  /** The session as it is now. */
  readonly read: () => Session;
  /** See LiveSessionOptions. */
  readonly onStoreReady?: ((listener: () => void) => () => void) | undefined;
}

/** `missing`: the store answers and has no session, so the next attempt writes it whole. */
type Outcome = 'stored' | 'failed' | 'missing';

interface Waiting {
  /** Attempts begun when the wait began: the first one after it carries everything that was waited for. */
  readonly begun: number;
  readonly done: () => void;
}

/**
 * Writes a session behind the live call that changes it: one write in flight, only the changed fields in it, everything
 * that changed meanwhile in the next one. What fails stays to be written and is tried again for as long as the call lives.
 */
export class SessionWriter {
  readonly #options: SessionWriterOptions;
  readonly #unsubscribe: (() => void) | undefined;
  readonly #pending = new PendingChanges();
  readonly #pause = new RetryPause();
  #waiting: Waiting[] = [];
  #begun = 0;
  #loop: Promise<void> | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Begins by writing the session whole. */
  constructor(options: SessionWriterOptions) {
    this.#options = options;
    this.#unsubscribe = options.onStoreReady?.(() => this.#verify());
    this.#start();
  }

  /** These fields are to be written, with the values that they have then. */
  write(fields: readonly (keyof Session)[]): void {
    this.#pending.add({ fields });
    this.#start();
  }

  /** Settles when what is to be written now was written, or one more attempt at it failed. */
  flush(): Promise<void> {
    if (this.#loop === undefined) return Promise.resolve();
    this.#pause.cut();
    return new Promise((done) => this.#waiting.push({ begun: this.#begun, done }));
  }

  /** Nothing is begun any more; settles when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    clearTimeout(this.#renewal);
    this.#pause.cut();
    await this.#loop;
  }

  /** The store answers again, perhaps empty: what waits is written now, and what was written is looked after. */
  #verify(): void {
    this.#pending.add({ doubtful: true });
    this.#pause.cut();
    this.#start();
  }

  #start(): void {
    if (this.#loop !== undefined || this.#stopped || this.#pending.isEmpty) return;
    this.#loop = this.#run();
  }

  async #run(): Promise<void> {
    await new Promise((turnOver) => setImmediate(turnOver));
    let failures = 0;
    while (!this.#pending.isEmpty && !this.#stopped) {
      this.#begun += 1;
      const outcome = await this.#attempt();
      if (outcome === 'missing') continue;
      this.#settleWaiting();
      failures = outcome === 'failed' ? failures + 1 : 0;
      if (failures > 0 && !this.#stopped) await this.#pause.wait(failures);
    }
    this.#loop = undefined;
    this.#settleWaiting();
  }

  async #attempt(): Promise<Outcome> {
    const changes = this.#pending.take();
    const outcome = await this.#store(changes).catch((error: unknown) => this.#rejected(error));
    if (outcome !== 'stored') this.#pending.add(changes);
    if (outcome === 'missing') this.#pending.add({ whole: true });
    return outcome;
  }

  async #store({ whole, fields }: Changes): Promise<Outcome> {
    const { store, callSid, ttlSeconds, read } = this.#options;
    const session = read();
    if (whole) {
      if (!(await store.setSession(callSid, { ...session }, ttlSeconds))) return 'failed';
      this.#renewLater();
      return 'stored';
    }
    const updates = Object.fromEntries(fields.map((field) => [field, session[field]]));
    if (await store.updateSession(callSid, updates)) return 'stored';
    return (await this.#isMissing()) ? 'missing' : 'failed';
  }

  /** `false` from an update may mean a fault as well: then the session may stand there and must not be overwritten. */
  async #isMissing(): Promise<boolean> {
    const { store, logger, callSid } = this.#options;
    if (this.#stopped || (await store.checkHealth()).status === 'down') return false;
    if (this.#stopped || (await store.getSession(callSid)) !== null) return false;
    logger.info({ callSid }, 'The stored session of a live call is gone: writing it whole');
    return true;
  }

  #rejected(error: unknown): Outcome {
    const { logger, callSid } = this.#options;
    logger.error({ callSid, err: summarize(error) }, 'A live session cannot be stored as it is');
    return 'failed';
  }

  /** A call may last longer than its time to live. */
  #renewLater(): void {
    clearTimeout(this.#renewal);
    if (this.#stopped) return;
    const renew = () => {
      this.#pending.add({ whole: true });
      this.#start();
    };
    this.#renewal = setTimeout(renew, (this.#options.ttlSeconds * 1_000) / 3).unref();
  }

  #settleWaiting(): void {
    const isSettled = ({ begun }: Waiting) => this.#loop === undefined || this.#begun > begun;
    const settled = this.#waiting.filter(isSettled);
    this.#waiting = this.#waiting.filter((each) => !isSettled(each));
    for (const { done } of settled) done();
  }
}
