import { silentLogger } from '../../src/core/logger.js';
import type {
  FencedSessionWriter,
  LiveSessionStore,
  SaveResult,
} from '../../src/sessions/fenced-session-writer.js';
import { MemorySessionStore } from '../../src/sessions/memory-session-store.js';
import type { Session } from '../../src/sessions/session.js';
import type { SessionData, StoreHealth } from '../../src/sessions/session-store.js';

/** `refuses`: nothing is applied. `loses answers`: all is applied, and nobody is told. */
export type StoreMood = 'answers' | 'refuses' | 'loses answers';

/** A store in process that fails on demand, the way Redis does: never an exception, only `false` and `null`. */
export class FaultySessionStore implements LiveSessionStore {
  readonly stored: MemorySessionStore;
  /** Milliseconds that each operation takes. */
  latencyMs = 1;
  mood: StoreMood = 'answers';
  writesInFlight = 0;
  mostWritesInFlight = 0;
  readonly writes: SessionData[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(stored = new MemorySessionStore({ logger: silentLogger() })) {
    this.stored = stored;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly onReady = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Answers again, and says so. */
  heal(): void {
    this.mood = 'answers';
    for (const listener of this.#listeners) listener();
  }

  /** A restart without persistence. */
  async restartEmpty(): Promise<void> {
    await this.stored.close();
    this.heal();
  }

  setSession(callSid: string, data: SessionData, ttlSeconds?: number): Promise<boolean> {
    return this.#write(data, () => this.stored.setSession(callSid, data, ttlSeconds));
  }

  updateSession(callSid: string, updates: SessionData): Promise<boolean> {
    return this.#write(updates, () => this.stored.updateSession(callSid, updates));
  }

  deleteSession(callSid: string): Promise<boolean> {
    return this.#write({}, () => this.stored.deleteSession(callSid));
  }

  endSession(callSid: string): Promise<boolean> {
    return this.#write({}, () => this.stored.endSession(callSid));
  }

  openSlot(callSid: string, ttlSeconds?: number, read?: Session): FencedSessionWriter {
    const slot = this.stored.openSlot(callSid, ttlSeconds, read);
    const save = async (session: Session): Promise<SaveResult> => {
      let result: SaveResult = { outcome: 'failed' };
      const apply = async () => {
        result = await slot.save(session);
        return true;
      };
      return (await this.#write({ ...session }, apply)) ? result : { outcome: 'failed' };
    };
    return { save };
  }

  getSession(callSid: string): Promise<SessionData | null> {
    return this.#answer(() => this.stored.getSession(callSid), null);
  }

  async checkHealth(): Promise<StoreHealth> {
    return this.mood === 'answers' ? { status: 'up', latencyMs: 1 } : { status: 'down', error: 'as told' };
  }

  close(): Promise<void> {
    return this.stored.close();
  }

  async #write(data: SessionData, apply: () => Promise<boolean>): Promise<boolean> {
    this.writes.push(data);
    this.writesInFlight += 1;
    this.mostWritesInFlight = Math.max(this.mostWritesInFlight, this.writesInFlight);
    const result = await this.#answer(apply, false);
    this.writesInFlight -= 1;
    return result;
  }

  /** Applied at half of the time, answered at the end of it, each in the mood of that moment. */
  async #answer<T>(apply: () => Promise<T>, whenFailed: T): Promise<T> {
    await this.#pass(this.latencyMs / 2);
    const result = this.mood === 'refuses' ? whenFailed : await apply();
    await this.#pass(this.latencyMs / 2);
    return this.mood === 'answers' ? result : whenFailed;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
