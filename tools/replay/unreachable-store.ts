import type { FencedSessionWriter, LiveSessionStore } from '../../src/sessions/fenced-session-writer.js';
import type { SessionData, StoreHealth } from '../../src/sessions/session-store.js';

/** A store whose server never answers, as the contract has it: reads give nothing, writes are not known to have happened, each after the timeout. */
export class UnreachableStore implements LiveSessionStore {
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  setSession(): Promise<boolean> {
    return this.#late(false);
  }

  getSession(): Promise<SessionData | null> {
    return this.#late(null);
  }

  updateSession(): Promise<boolean> {
    return this.#late(false);
  }

  deleteSession(): Promise<boolean> {
    return this.#late(false);
  }

  endSession(): Promise<boolean> {
    return this.#late(false);
  }

  openSlot(): FencedSessionWriter {
    return { save: () => this.#late({ outcome: 'failed' as const }) };
  }

  checkHealth(): Promise<StoreHealth> {
    return this.#late({ status: 'down' as const, error: 'no answer' });
  }

  async close(): Promise<void> {}

  #late<T>(answer: T): Promise<T> {
    return new Promise((resolve) => {
      setTimeout(resolve, this.#timeoutMs, answer);
    });
  }
}
