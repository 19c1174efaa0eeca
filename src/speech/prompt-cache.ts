import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import type { Metrics } from '../core/metrics.js';
import type { Speech, SynthesisOptions, TextToSpeech } from './text-to-speech.js';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** A sentence and its audio. */
interface Prompt extends Speech {
  readonly text: string;
}

interface PromptCacheOptions {
  readonly voice: TextToSpeech;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Audio kept at most, in bytes (8,000 a second); 64 MiB when absent, over two hours of speech. */
  readonly maxBytes?: number;
}

interface Making {
  readonly prompt: Promise<Prompt>;
  /** As {@link SynthesisOptions} has it; infinite in the background. */
  readonly nth: number;
}

/** What the voice has said before, ready to be sent in the same turn. The least recently spoken goes first when full. */
export class PromptCache {
  readonly #voice: TextToSpeech;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  // In the order of use, least recent first: a Map iterates in the order of insertion.
  readonly #prompts = new Map<string, Prompt>();
  readonly #making = new Map<string, Making>();
  #bytes = 0;

  constructor({ voice, metrics, logger, maxBytes = DEFAULT_MAX_BYTES }: PromptCacheOptions) {
    this.#voice = voice;
    this.#metrics = metrics;
    this.#logger = logger;
    this.#maxBytes = maxBytes;
  }

  /** Audio kept now, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The prompt itself when it is at hand, else a promise of it; callers who ask meanwhile share that. The promise rejects with a
   * `SPEECH_FAILED` GatewayError when the voice fails; the next caller then tries anew. `nth`: so many sentences are heard before it.
   */
  speak(text: string, nth = 0): MaybePromise<Prompt> {
    const ready = this.#prompts.get(text);
    if (ready) return this.#touch(ready);
    const making = this.#making.get(text);
    return making && making.nth <= nth ? making.prompt : this.#make(text, { nth });
  }

  /** The prompt when it is at hand, else null: nothing is made. */
  atHand(text: string): Prompt | null {
    const ready = this.#prompts.get(text);
    return ready ? this.#touch(ready) : null;
  }

  /**
   * Makes what is not at hand, one text after the other, behind everything that callers wait for, until `signal` says stop.
   * Never rejects.
   */
  async prepare(texts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    for (const text of texts) {
      if (signal?.aborted) return;
      if (this.#prompts.has(text)) continue;
      try {
        await (this.#making.get(text)?.prompt ?? this.#make(text, { background: true }));
      } catch (error) {
        if (!signal?.aborted)
          this.#logger.warn({ error: summarize(error) }, 'A common prompt could not be prepared');
      }
    }
  }

  /** Forgets the prompts with such texts. */
  drop(isToGo: (text: string) => boolean): void {
    for (const text of [...this.#prompts.keys()].filter(isToGo)) this.#forget(text);
  }

  #make(text: string, options: SynthesisOptions): Promise<Prompt> {
    const prompt = this.#synthesize(text, options);
    const making = { prompt, nth: options.nth ?? Number.POSITIVE_INFINITY };
    const forget = () => {
      if (this.#making.get(text) === making) this.#making.delete(text);
    };
    this.#making.set(text, making);
    prompt.then(forget, forget);
    return prompt;
  }

  async #synthesize(text: string, options: SynthesisOptions): Promise<Prompt> {
    const stop = this.#metrics.speechSeconds.startTimer();
    try {
      const prompt = { text, ...(await this.#voice.synthesize(text, options)) };
      stop();
      this.#keep(prompt);
      return prompt;
    } catch (error) {
      this.#metrics.speechFailures.inc();
      throw error;
    }
  }

  #touch(prompt: Prompt): Prompt {
    this.#prompts.delete(prompt.text);
    this.#prompts.set(prompt.text, prompt);
    return prompt;
  }

  #keep(prompt: Prompt): void {
    this.#forget(prompt.text);
    this.#prompts.set(prompt.text, prompt);
    this.#bytes += prompt.audio.length;
    for (const text of this.#prompts.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(text);
    }
  }

  #forget(text: string): void {
    this.#bytes -= this.#prompts.get(text)?.audio.length ?? 0;
    this.#prompts.delete(text);
  }
}
