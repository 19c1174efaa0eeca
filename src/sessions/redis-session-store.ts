import { GatewayError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { PendingDeletes } from '../redis/pending-deletes.js';
import type { RedisClient, RedisCommands } from '../redis/redis-client.js';
import { ttlMs } from '../store-arguments.js';
import {
  ENDED_MS,
  type FencedSessionWriter,
  type LiveSessionStore,
  type SaveResult,
} from './fenced-session-writer.js';
import type { JsonFields } from './json-fields.js';
import { KnownSession, KnownSessions } from './known-sessions.js';
import { defineScripts, endedKey, OVER, REPLACED, sessionKey } from './redis-session-scripts.js';
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
import { ENDED, type Exchange, NOTHING, SessionVersions } from './session-versions.js';
import { type Changes, WriteQueue } from './write-queue.js';

interface RedisSessionStoreOptions {
  /** Closed together with the store. */
  readonly client: RedisClient;
  readonly logger: Logger;
  /** Used when a write names no other; 3600 when absent. */
  readonly ttlSeconds?: number;
}

const MISSING = 'There is no session to update: it has expired, was deleted or Redis lost it';
const CONTENDED = 'A session was not updated: there was no turn for it within the command timeout';

/**
 * Sessions in Redis (6.0 or newer), one plain JSON string a call under `session:{call_sid}`.
 *
 * An update is one round trip: the store knows the text that it last wrote, changes the fields in it and sends both;
 * Redis replaces one with the other only if nobody else wrote meanwhile. If somebody did, the changes are made anew on
 * what Redis returned. Hits, misses and writes are logged at debug, an update of a missing session at warn.
 */
export class RedisSessionStore implements LiveSessionStore {
  readonly #client: RedisClient;
  readonly #logger: Logger;
  readonly #ttlSeconds: number;
  readonly #known = new KnownSessions();
  readonly #writes = new WriteQueue();
  readonly #clock = new IsoClock();
  readonly #pending: PendingDeletes;

  constructor({ client, logger, ttlSeconds = 3600 }: RedisSessionStoreOptions) {
    this.#client = client;
    this.#logger = logger;
    this.#ttlSeconds = ttlSeconds;
    this.#pending = new PendingDeletes(logger);
    defineScripts(client);
  }

  async setSession(callSid: string, data: SessionData, ttlSeconds = this.#ttlSeconds): Promise<boolean> {
    requireCallSid(callSid);
    const session = KnownSession.ofFields(newFields(callSid, data, this.#clock.now()));
    const ttl = ttlMs(ttlSeconds);
    this.#pending.cancel(callSid);
    const isWaited = this.#deadline();
    const write = async (commands: RedisCommands) => {
      if (!isWaited()) return false;
      this.#known.take(callSid);
      await commands.set(sessionKey(callSid), session.text, 'PX', ttl);
      this.#known.remember(callSid, session);
      return true;
    };
    const queued = (commands: RedisCommands) => this.#writes.alone(callSid, () => write(commands));
    const stored = await this.#client.run('setSession', queued, false);
    this.#logger.debug({ call_sid: callSid, stored }, 'Session written');
    return stored;
  }

  async getSession(callSid: string): Promise<SessionData | null> {
    requireCallSid(callSid);
    return await this.#client.run('getSession', (commands) => this.#get(commands, callSid), null);
  }

  async updateSession(callSid: string, updates: SessionData): Promise<boolean> {
    requireCallSid(callSid);
    const update = { changes: updatedFields(updates), isWaited: this.#deadline() };
    const queued = (commands: RedisCommands) =>
      this.#writes.merged(callSid, update, (changes) => this.#update(commands, callSid, changes));
    return await this.#client.run('updateSession', queued, false);
  }

  /** When Redis does not answer, the session is deleted as soon as it does, unless it is set again before. */
  async deleteSession(callSid: string): Promise<boolean> {
    requireCallSid(callSid);
    const remove = (commands: RedisCommands) => commands.del(sessionKey(callSid));
    return this.#removed(callSid, () => this.#remove('deleteSession', callSid, remove));
  }

  async endSession(callSid: string): Promise<boolean> {
    requireCallSid(callSid);
    const end = (commands: RedisCommands) =>
      commands.endSession(sessionKey(callSid), endedKey(callSid), ENDED_MS);
    return this.#removed(callSid, () => this.#remove('endSession', callSid, end));
  }

  openSlot(callSid: string, ttlSeconds = this.#ttlSeconds, read?: Session): FencedSessionWriter {
    requireCallSid(callSid);
    const [versions, ttl] = [new SessionVersions(read), ttlMs(ttlSeconds)];
    return {
      save: async (session) => {
        const ours = versions.print(session, this.#clock.now());
        this.#pending.cancel(callSid);
        const save = (commands: RedisCommands) =>
          versions.save(session, ours, this.#exchange(commands, callSid, ttl), this.#deadline());
        const queued = (commands: RedisCommands) => this.#writes.alone(callSid, () => save(commands));
        const result = await this.#client.run<SaveResult>('saveSession', queued, { outcome: 'failed' });
        if (result.outcome === 'stored') versions.delivered();
        return result;
      },
    };
  }

  checkHealth(): Promise<StoreHealth> {
    return this.#client.checkHealth();
  }

  close(): Promise<void> {
    this.#pending.close();
    return this.#client.close();
  }

  #exchange(commands: RedisCommands, callSid: string, ttl: number): Exchange {
    return async (expected, next) => {
      this.#known.take(callSid);
      const reply = await commands.saveSession(sessionKey(callSid), endedKey(callSid), expected, next, ttl);
      if (reply === REPLACED) return true;
      if (reply === OVER) return ENDED;
      return typeof reply === 'string' ? different(reply, expected) : NOTHING;
    };
  }

  /** Whether who asks now for an operation still waits for it. */
  #deadline(): () => boolean {
    const giveUpAt = performance.now() + this.#client.commandTimeoutMs;
    return () => performance.now() < giveUpAt;
  }

  async #get(commands: RedisCommands, callSid: string): Promise<SessionData | null> {
    const text = await commands.get(sessionKey(callSid));
    this.#logger.debug({ call_sid: callSid, hit: text !== null }, 'Session read');
    if (text === null) return null;
    if (this.#writes.isIdle(callSid)) this.#known.notice(callSid, text);
    return readSession(text);
  }

  async #update(commands: RedisCommands, callSid: string, changes: Changes): Promise<boolean> {
    let known = this.#known.take(callSid) ?? (await this.#readKnown(commands, callSid));
    for (let all = changes(); known !== undefined && all !== undefined; all = changes()) {
      const next = this.#after(known, all);
      const reply = await commands.updateSession(sessionKey(callSid), known.text, next.text);
      if (reply === REPLACED) {
        this.#known.remember(callSid, next);
        this.#logger.debug({ call_sid: callSid }, 'Session updated');
        return true;
      }
      known = typeof reply === 'string' ? new KnownSession(different(reply, known.text)) : undefined;
    }
    this.#logger.warn({ call_sid: callSid }, known === undefined ? MISSING : CONTENDED);
    return false;
  }

  #after(known: KnownSession, changes: JsonFields): KnownSession {
    const fields = known.takeFields();
    applyFields(fields, changes, this.#clock.now());
    return KnownSession.ofFields(fields);
  }

  async #readKnown(commands: RedisCommands, callSid: string): Promise<KnownSession | undefined> {
    const text = await commands.get(sessionKey(callSid));
    return text === null ? undefined : new KnownSession(text);
  }

  /** What Redis does not answer is repeated. */
  async #removed(callSid: string, remove: () => Promise<boolean | undefined>): Promise<boolean> {
    const removed = await remove();
    if (removed === undefined) this.#pending.add(callSid, async () => (await remove()) !== undefined);
    this.#logger.debug({ call_sid: callSid, removed }, 'Session deleted');
    return removed ?? false;
  }

  /** Whether a session was there; `undefined` when Redis did not answer. */
  #remove(
    operation: string,
    callSid: string,
    work: (commands: RedisCommands) => Promise<number>,
  ): Promise<boolean | undefined> {
    const remove = async (commands: RedisCommands) => {
      this.#known.take(callSid);
      return (await work(commands)) === 1;
    };
    const queued = (commands: RedisCommands) => this.#writes.alone(callSid, () => remove(commands));
    return this.#client.run<boolean | undefined>(operation, queued, undefined);
  }
}

/** What stands in Redis differs in its bytes but not in its characters only if those bytes are no UTF-8. */
function different(current: string, expected: string): string {
  if (current === expected) throw new GatewayError('BAD_MESSAGE', 'A stored session is not valid UTF-8');
  return current;
}
