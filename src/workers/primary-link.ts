import { setTimeout as pause } from 'node:timers/promises';
import { withDeadline } from '../core/errors.js';
import { parseToWorker, type ToPrimary, type ToWorker } from './messages.js';

const LAST_WORDS_MS = 200;
const WELCOME_WITHIN_MS = 10_000;

/** The primary, as a worker knows it. */
export class PrimaryLink {
  #unsent = 0;
  #listener: ((message: ToWorker) => void) | null = null;
  /** What came before there was a listener. */
  readonly #held: ToWorker[] = [];
  #onWelcome: (tokenSecret: string) => void = () => undefined;

  constructor() {
    process.on('message', (data) => {
      const message = parseToWorker(data);
      if (message) this.#take(message);
    });
  }

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

  /**
   * Tells that this worker hears; settles with the secret that the workers of this gateway share. Rejects after 10 s: the process
   * that has started this one is no primary of ours.
   */
  welcomed(): Promise<string> {
    const welcomed = new Promise<string>((resolve) => {
      this.#onWelcome = resolve;
      this.send({ type: 'hello' });
    });
    return withDeadline(welcomed, WELCOME_WITHIN_MS, 'Waiting for the process that leads the WORKERS');
  }

  /** Who is told of every other message, those that have come already included. */
  onMessage(listener: (message: ToWorker) => void): void {
    this.#listener = listener;
    for (const message of this.#held.splice(0)) listener(message);
  }

  #take(message: ToWorker): void {
    if (message.type === 'welcome') this.#onWelcome(message.tokenSecret);
    else if (this.#listener) this.#listener(message);
    else this.#held.push(message);
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
