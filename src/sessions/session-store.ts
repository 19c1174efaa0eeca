/** A session as the library face takes and gives it: any JSON object, known fields or foreign ones. */
export type SessionData = Record<string, unknown>;

/**
 * Where sessions outlive a process. One contract suite, run by every implementation.
 *
 * No method ever rejects because of the network: reads then give `null`, writes `false`, the fault is logged
 * (at most once a second per kind) and counted, and everything settles within the command timeout.
 */
export interface SessionStore {
  /**
   * Writes the whole session and starts its time to live anew. `call_sid` is set from the argument, `created_at` when
   * absent and `last_updated` always. `false`: not known to be stored.
   */
  setSession(callSid: string, data: SessionData, ttlSeconds?: number): Promise<boolean>;

  /** The stored session, or `null` when there is none, it has expired or it cannot be read. */
  getSession(callSid: string): Promise<SessionData | null>;

  /**
   * Replaces the given top-level fields in one atomic step and sets `last_updated`. All other fields stay to the letter
   * (`[]`, `{}`, null, integers beyond 2^53, every Unicode character), so does the remaining time to live. A field that is
   * `undefined` is left alone. `false`: there was no session (an expired one is never brought back) or the outcome is unknown.
   */
  updateSession(callSid: string, updates: SessionData): Promise<boolean>;

  /** `true` when a session was there and is gone now, `false` when there was none or it cannot be told. */
  deleteSession(callSid: string): Promise<boolean>;

  checkHealth(): Promise<StoreHealth>;

  /** Releases connections and timers; settles within the command timeout even when Redis is stopped. */
  close(): Promise<void>;
}

/** What `/health/redis` reports. Never rejects, settles within 1 s. */
export type StoreHealth =
  | { readonly status: 'up'; readonly latencyMs: number }
  | { readonly status: 'down'; readonly error: string }
  | { readonly status: 'embedded' };
