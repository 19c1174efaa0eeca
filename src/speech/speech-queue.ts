import type { GatewayError } from '../core/errors.js';
import type { Speech } from './text-to-speech.js';

interface Job {
  readonly say: () => Promise<Speech>;
  resolve(speech: Speech): void;
  reject(error: unknown): void;
}

/** Texts that are said one at a time, in the order asked; in the background those for which nobody waits. */
export class SpeechQueue {
  readonly #live: Job[] = [];
  readonly #background: Job[] = [];
  #isBusy = false;

  /** Settles as `say` does, which is called when its turn has come. */
  add(say: () => Promise<Speech>, isBackground: boolean): Promise<Speech> {
    return new Promise((resolve, reject) => {
      (isBackground ? this.#background : this.#live).push({ say, resolve, reject });
      void this.#work();
    });
  }

  /** What has not begun rejects with this. */
  clear(error: GatewayError): void {
    for (const { reject } of [...this.#live.splice(0), ...this.#background.splice(0)]) reject(error);
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let job = this.#next(); job; job = this.#next()) await job.say().then(job.resolve, job.reject);
    this.#isBusy = false;
  }

  #next(): Job | undefined {
    return this.#live.shift() ?? this.#background.shift();
  }
}
