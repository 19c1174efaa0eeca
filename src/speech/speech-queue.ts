import type { GatewayError } from '../core/errors.js';
import type { Speech, SynthesisOptions } from './text-to-speech.js';

/** A sentence takes at least so long to hear: the one after it is needed so much later. */
const SENTENCE_MS = 1000;

interface Job {
  readonly text: string;
  readonly say: () => Promise<Speech>;
  readonly speech: Promise<Speech>;
  resolve(speech: Speech): void;
  reject(error: unknown): void;
  /** Monotonic ms; infinite: nobody waits for it. */
  neededAt: number;
}

/** Texts that are said one at a time: first what a caller needs first, so that nobody hears silence for the later sentences of others. */
export class SpeechQueue {
  readonly #waiting: Job[] = [];
  #said: Job | null = null;

  /** Settles as `say` does, which is called when its turn has come. A text that waits, or is being said, is not said twice. */
  add(text: string, say: () => Promise<Speech>, options: SynthesisOptions): Promise<Speech> {
    const neededAt = neededFrom(options);
    const same = [this.#said, ...this.#waiting].find((job) => job?.text === text);
    if (same) {
      same.neededAt = Math.min(same.neededAt, neededAt);
      return same.speech;
    }
    const job = newJob(text, say, neededAt);
    this.#waiting.push(job);
    if (!this.#said) void this.#work();
    return job.speech;
  }

  /** What has not begun rejects with this. */
  clear(error: GatewayError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  async #work(): Promise<void> {
    for (this.#said = this.#next(); this.#said; this.#said = this.#next()) {
      const { say, resolve, reject } = this.#said;
      await say().then(resolve, reject);
    }
  }

  /** Of those needed at one moment the first that was asked for. */
  #next(): Job | null {
    const at = this.#waiting.reduce(
      (best, job, n, all) => (job.neededAt < (all[best]?.neededAt ?? Number.POSITIVE_INFINITY) ? n : best),
      0,
    );
    return this.#waiting.splice(at, 1)[0] ?? null;
  }
}

function neededFrom({ background = false, nth = 0 }: SynthesisOptions): number {
  return background ? Number.POSITIVE_INFINITY : performance.now() + nth * SENTENCE_MS;
}

function newJob(text: string, say: () => Promise<Speech>, neededAt: number): Job {
  let settle: Pick<Job, 'resolve' | 'reject'> = { resolve: () => undefined, reject: () => undefined };
  const speech = new Promise<Speech>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { text, say, speech, neededAt, ...settle };
}
