import type { Logger } from '../logger.js';
import type { Session, Turn } from './session.js';
import type { SessionStore } from './session-store.js';

/** The fields of a session that change while the call lives. */
export type SessionChange = Partial<
  Pick<
    Session,
    | 'stream_sid'
    | 'customer_id'
    | 'current_state'
    | 'collected_data'
    | 'intent'
    | 'speaking'
    | 'conversation_history'
    | 'resumes'
    | 'interruptions'
  >
>;

export interface LiveSessionOptions {
  readonly store: SessionStore;
  readonly logger: Logger;
  readonly ttlSeconds: number;
  /** Called in the same turn after every change, with the session as it now is. */
  readonly onChange?: (session: Session) => void;
}

/**
 * The session embedded in a live call: the authoritative copy is here, in memory; every change is applied at
 * once and written behind. Nothing that handles audio ever waits for the store.
 */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  #data: Session;

  constructor(data: Session, options: LiveSessionOptions) {
    this.#data = data;
    this.#options = options;
  }

  /** The session as it is now; a new object after every change, never mutated. */
  get data(): Session {
    return this.#data;
  }

  change(change: SessionChange): void {
    this.#data = { ...this.#data, ...change, last_updated: new Date().toISOString() };
    this.#options.onChange?.(this.#data);
  }

  addTurn(turn: Turn): void {
    this.change({ conversation_history: [...this.#data.conversation_history, turn] });
  }

  /** Settles when everything changed so far has been written or given up on; never rejects. */
  async flush(): Promise<void> {}

  /** Stops writing and deletes the stored session; nothing of this call is written afterwards. Never rejects. */
  async delete(): Promise<void> {}

  /** Stops writing after what is pending; the stored session stays for another stream to resume. Never rejects. */
  async release(): Promise<void> {}
}
