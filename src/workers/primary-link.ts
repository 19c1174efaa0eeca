import { setTimeout as pause } from 'node:timers/promises';
import { parseToWorker, type ToPrimary, type ToWorker } from './messages.js';

const LAST_WORDS_MS = 200;

/** The primary, as a worker knows it. */
export class PrimaryLink {
  #unsent = 0;

  get isThere(): boolean {
    return process.connected;
  }

  /** How many messages the primary has not taken yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Nothing happens when the primary is gone. */
  send(message: ToPrimary): void {
    void this.#sent(message);
  }

  /** Settles when the primary has it, or takes nothing. */
  async lastWords(message: ToPrimary): Promise<void> {
    await Promise.race([this.#sent(message), pause(LAST_WORDS_MS)]);
  }

  /** Tells that this worker hears; settles with the secret that the workers of this gateway share. */
  welcomed(): Promise<string> {
    return new Promise((resolve) => {
      this.onMessage((message) => {
        if (message.type === 'welcome') resolve(message.tokenSecret);
      });
      this.send({ type: 'hello' });
    });
  }

  onMessage(listener: (message: ToWorker) => void): void {
    process.on('message', (data) => {
      const message = parseToWorker(data);
      if (message) listener(message);
    });
  }

  #sent(message: ToPrimary): Promise<void> {
    if (!process.send || !process.connected) return Promise.resolve();
    this.#unsent += 1;
    return new Promise((resolve) => {
      process.send?.(message, undefined, undefined, () => {
        this.#unsent -= 1;
        resolve();
      });
    });
  }
}
