import type { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { withDeadline } from '../core/errors.js';
import type { Speech } from './text-to-speech.js';

/** What the voice is to say, written as it can say it, and each word of the text by itself (`''`: it cannot be said). */
export interface Sentence {
  readonly text: string;
  readonly words: readonly string[];
}

const Said = z.object({ audio: z.instanceof(Uint8Array), wordEndsMs: z.array(z.number()).optional() });
const Reply = z.union([Said, z.object({ error: z.string() })]);
type Reply = z.infer<typeof Reply>;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One voice thread, given one sentence at a time. Once it has ended it stays so: another must take its place. */
export class SpeechWorker {
  readonly #thread: Worker;
  #waiting: Waiting | null = null;
  #ended = false;

  constructor(thread: Worker) {
    this.#thread = thread;
    thread.on('message', (message) => this.#receive(message));
    thread.on('messageerror', (error) => this.#end(error));
    thread.on('error', (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    thread.on('exit', (status) => this.#end(new Error(`the voice thread ended with status ${status}`)));
    thread.unref();
  }

  /** It died, hung or was terminated. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Rejects with the voice's own error, or, having ended, when it died or did not answer within `deadlineMs`. */
  async say(sentence: Sentence, deadlineMs: number): Promise<Speech> {
    this.#thread.ref();
    try {
      const reply = await withDeadline(this.#ask(sentence), deadlineMs, 'The voice');
      if ('error' in reply) throw new Error(reply.error);
      const { audio, wordEndsMs } = reply;
      return {
        audio: Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength),
        ...(wordEndsMs ? { wordEndsMs } : {}),
      };
    } catch (error) {
      if (this.#waiting) await this.terminate();
      throw error;
    } finally {
      if (!this.#ended) this.#thread.unref();
    }
  }

  async terminate(): Promise<void> {
    this.#end(new Error('the voice was closed'));
    // Else a program that waits for nothing but this would end before it is done.
    this.#thread.ref();
    await this.#thread.terminate();
  }

  #ask(sentence: Sentence): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#thread.postMessage(sentence);
    });
  }

  #receive(message: unknown): void {
    const reply = Reply.safeParse(message);
    if (!reply.success) return this.#end(new Error('the voice thread sent a message that is no reply'));
    this.#waiting?.resolve(reply.data);
    this.#waiting = null;
  }

  #end(error: Error): void {
    this.#ended = true;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}
