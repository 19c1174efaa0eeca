import type { FencedSessionWriter, LiveSessionStore } from '../../src/sessions/fenced-session-writer.js';
import type { Session } from '../../src/sessions/session.js';
import type { SessionData, StoreHealth } from '../../src/sessions/session-store.js';

/** A store whose reads can be held back, as those of a slow Redis are. */
export class HeldStore implements LiveSessionStore {
  readonly #store: LiveSessionStore;
  #gate: Promise<void> = Promise.resolve();

  constructor(store: LiveSessionStore) {
    this.#store = store;
  }

  /** Holds every read from now on until the returned function is called. */
  hold(): () => void {
    let open: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  async getSession(callSid: string): Promise<SessionData | null> {
    await this.#gate;
    return this.#store.getSession(callSid);
  }

  setSession(callSid: string, data: SessionData, ttlSeconds?: number): Promise<boolean> {
    return this.#store.setSession(callSid, data, ttlSeconds);
  }

  updateSession(callSid: string, updates: SessionData): Promise<boolean> {
    return this.#store.updateSession(callSid, updates);
  }

  deleteSession(callSid: string): Promise<boolean> {
    return this.#store.deleteSession(callSid);
  }

  endSession(callSid: string): Promise<boolean> {
    return this.#store.endSession(callSid);
  }

  openSlot(callSid: string, ttlSeconds?: number, read?: Session): FencedSessionWriter {
    return this.#store.openSlot(callSid, ttlSeconds, read);
  }

  checkHealth(): Promise<StoreHealth> {
    return this.#store.checkHealth();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
