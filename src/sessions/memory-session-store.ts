import type { Logger } from '../core/logger.js';
import { ttlMs } from '../store-arguments.js';
import { ENDED_MS, type FencedSessionWriter, type LiveSessionStore } from './fenced-session-writer.js';
import { type JsonFields, joinJsonFields, splitJsonFields } from './json-fields.js';
import type { Session } from './session.js';
import type { SessionData, StoreHealth } from './session-store.js';
import {
  applyFields,
  IsoClock,
  newFields,
  readSession,
  requireCallSid,
  updatedFields,
} from './session-text.js';
import { ENDED, NOTHING, SessionVersions } from './session-versions.js';

interface MemorySessionStoreOptions {
  readonly logger: Logger;
  /** Used when a write names no other; 3600 when absent. */
  readonly ttlSeconds?: number;
}

interface Stored {
  readonly fields: JsonFields;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const SWEEP_MS = 30_000;

/**
 * Sessions in this process, for a gateway without Redis: they end with it. Keeps each field as
 * JSON text, so that nobody holds a reference into the store.
 */
export class MemorySessionStore implements LiveSessionStore {
  readonly #logger: Logger;
  readonly #ttlSeconds: number;
  readonly #sessions = new Map<string, Stored>();
  /** The calls that are over, and until when (milliseconds since 1970) that is known; the oldest first. */
  readonly #ended = new Map<string, number>();
  readonly #clock = new IsoClock();
  #sweep: NodeJS.Timeout | undefined;

  constructor({ logger, ttlSeconds = 3600 }: MemorySessionStoreOptions) {
    this.#logger = logger;
    this.#ttlSeconds = ttlSeconds;
  }

  /** Sessions held, expired ones that were not swept yet included. */
  get size(): number {
    return this.#sessions.size;
  }

  async setSession(callSid: string, data: SessionData, ttlSeconds = this.#ttlSeconds): Promise<boolean> {
    requireCallSid(callSid);
    this.#put(callSid, newFields(callSid, data, this.#clock.now()), ttlSeconds);
    this.#logger.debug({ call_sid: callSid, stored: true }, 'Session written');
    return true;
  }

  async getSession(callSid: string): Promise<SessionData | null> {
    requireCallSid(callSid);
    const stored = this.#live(callSid);
    this.#logger.debug({ call_sid: callSid, hit: stored !== undefined }, 'Session read');
    return stored === undefined ? null : readSession(joinJsonFields(stored.fields));
  }

  async updateSession(callSid: string, updates: SessionData): Promise<boolean> {
    requireCallSid(callSid);
    const changes = updatedFields(updates);
    const stored = this.#live(callSid);
    if (stored === undefined) {
      this.#logger.warn(
        { call_sid: callSid },
        'There is no session to update: it has expired or was deleted',
      );
      return false;
    }
    applyFields(stored.fields, changes, this.#clock.now());
    this.#logger.debug({ call_sid: callSid, stored: true }, 'Session updated');
    return true;
  }

  async deleteSession(callSid: string): Promise<boolean> {
    requireCallSid(callSid);
    const removed = this.#live(callSid) !== undefined;
    this.#sessions.delete(callSid);
    this.#logger.debug({ call_sid: callSid, removed }, 'Session deleted');
    return removed;
  }

  endSession(callSid: string): Promise<boolean> {
    this.#ended.delete(callSid);
    this.#ended.set(callSid, Date.now() + ENDED_MS);
    this.#sweep ??= setInterval(() => this.#removeExpired(), SWEEP_MS).unref();
    return this.deleteSession(callSid);
  }

  openSlot(callSid: string, ttlSeconds = this.#ttlSeconds, read?: Session): FencedSessionWriter {
    requireCallSid(callSid);
    const versions = new SessionVersions(read);
    const exchange = async (expected: string, next: string) => {
      const stored = this.#live(callSid);
      if (stored === undefined && (this.#ended.get(callSid) ?? 0) > Date.now()) return ENDED;
      const text = stored === undefined ? NOTHING : joinJsonFields(stored.fields);
      if (text !== expected) return text;
      this.#put(callSid, splitJsonFields(next), ttlSeconds);
      return true;
    };
    return {
      save: async (session) => {
        const ours = versions.print(session, this.#clock.now());
        const result = await versions.save(session, ours, exchange, () => true);
        if (result.outcome === 'stored') versions.delivered();
        return result;
      },
    };
  }

  async checkHealth(): Promise<StoreHealth> {
    return { status: 'embedded' };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#sessions.clear();
    this.#ended.clear();
  }

  #put(callSid: string, fields: JsonFields, ttlSeconds: number): void {
    this.#sessions.set(callSid, { fields, expiresAt: Date.now() + ttlMs(ttlSeconds) });
    this.#sweep ??= setInterval(() => this.#removeExpired(), SWEEP_MS).unref();
  }

  #live(callSid: string): Stored | undefined {
    const stored = this.#sessions.get(callSid);
    if (stored === undefined || stored.expiresAt > Date.now()) return stored;
    this.#sessions.delete(callSid);
    return undefined;
  }

  #removeExpired(): void {
    for (const callSid of this.#sessions.keys()) this.#live(callSid);
    for (const [callSid, until] of this.#ended) if (until <= Date.now()) this.#ended.delete(callSid);
    if (this.#sessions.size > 0 || this.#ended.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
