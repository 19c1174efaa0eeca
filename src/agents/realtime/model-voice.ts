import { createHash } from 'node:crypto';
import type { RealtimeConfig } from '../../agent-settings.js';
import { FRAME_BYTES, MULAW_LEVELS, SILENCE } from '../../audio/mulaw.js';
import { padToFrames } from '../../audio/mulaw-buffer.js';
import { BoundedMap } from '../../core/bounded-map.js';
import { GatewayError } from '../../core/errors.js';
import { SpeechQueue } from '../../speech/speech-queue.js';
import type { Speech, SynthesisOptions, TextToSpeech } from '../../speech/text-to-speech.js';
import type { ModelEvent, ModelSetup, SessionObserver } from './model.js';
import { RealtimeSession } from './realtime-session.js';
import { comparableWords, saidExactly } from './said-exactly.js';

interface ModelVoiceOptions {
  readonly realtime: RealtimeConfig;
  /** Told of each of its sessions. */
  readonly observer?: SessionObserver;
  /** How long one text may take, its second attempt included; 30 s when absent. */
  readonly deadlineMs?: number;
}

/** Changes when other instructions, or another treatment of the audio, make other bytes of a text. */
const VERSION_OF_VOICE = 1;
const LONGEST_TEXT = 1000;
const DEADLINE_MS = 30_000;
const ATTEMPTS = 2;
/** After a fault that the next session would have too, texts fail at once for so long. */
const REFUSED_MS = 60_000;
/** What is made is given again while it is among so many latest texts. */
const MOST_MADE = 64;
const QUIETEST_SOUND = 0.004;
const BEFORE_FRAMES = 1;
const AFTER_FRAMES = 6;

const SETUP: ModelSetup = {
  instructions:
    'You are the voice of a telephone line. Say the text of the user message aloud, exactly as it is written, word for word and in its language: add nothing, leave nothing out, answer nothing. Speak clearly, friendly and at an even pace.',
  functions: [],
};

/** What kept audio of this voice goes by: another model, voice, language or version of ours sounds otherwise. Fit for a folder's name. */
export function modelVoiceId({ url, model, voice, language }: RealtimeConfig): string {
  const { host, pathname } = new URL(url);
  const facts = JSON.stringify([host, pathname, model, voice, language, VERSION_OF_VOICE]);
  return `model-${createHash('sha256').update(facts).digest('hex').slice(0, 24)}`;
}

/**
 * The voice model as a voice for texts of ours: it is asked to say each exactly, and what it said is checked by its own transcript. One text
 * at a time, each on a connection of its own. It does not know when each word has been said.
 */
export class ModelVoice implements TextToSpeech {
  readonly #options: ModelVoiceOptions;
  readonly #queue = new SpeechQueue();
  readonly #made = new BoundedMap<string, Promise<Speech>>(MOST_MADE);
  #saying: Saying | null = null;
  #isClosed = false;
  #refusedUntil = 0;

  constructor(options: ModelVoiceOptions) {
    this.#options = options;
  }

  synthesize(text: string, options: SynthesisOptions = {}): Promise<Speech> {
    if (this.#isClosed) return Promise.reject(failed('it is closed'));
    if (comparableWords(text).length === 0)
      return Promise.reject(failed('there is nothing to say in a text'));
    if (text.length > LONGEST_TEXT)
      return Promise.reject(failed(`a text is longer than ${LONGEST_TEXT} characters`));
    const made = this.#made.get(text);
    if (made) return made;
    const speech = this.#queue.add(text, () => this.#say(text), options);
    this.#made.set(text, speech);
    speech.catch(() => this.#made.delete(text));
    return speech;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#saying?.give('it is closed');
    this.#queue.clear(failed('it is closed'));
  }

  async #say(text: string): Promise<Speech> {
    const { deadlineMs = DEADLINE_MS, realtime, observer } = this.#options;
    const until = performance.now() + deadlineMs;
    let fault = 'it refused a moment ago';
    for (let attempt = 0; attempt < ATTEMPTS && !this.#isClosed; attempt++) {
      const now = performance.now();
      if (now < this.#refusedUntil || now >= until) break;
      this.#saying = new Saying({ text, realtime, observer, deadlineMs: until - now });
      const saying = this.#saying;
      const said = await saying.said;
      this.#saying = null;
      if (typeof said !== 'string') return said;
      fault = said;
      if (saying.isRefused) this.#refusedUntil = performance.now() + REFUSED_MS;
    }
    throw failed(this.#isClosed ? 'it is closed' : fault);
  }
}

interface SayingOptions {
  readonly text: string;
  readonly realtime: RealtimeConfig;
  readonly observer: SessionObserver | undefined;
  readonly deadlineMs: number;
}

/** One attempt to have one text said. */
class Saying {
  readonly said: Promise<Speech | string>;
  /** Another attempt would fail alike. */
  isRefused = false;
  readonly #text: string;
  readonly #session: RealtimeSession;
  readonly #deadline: NodeJS.Timeout;
  readonly #audio: Buffer[] = [];
  /** Of each item: what came piece by piece, and then as a whole. */
  readonly #words = new Map<string, string>();
  #settle: (speech: Speech | string) => void = () => undefined;

  constructor({ text, realtime, observer, deadlineMs }: SayingOptions) {
    this.#text = text;
    this.said = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#deadline = setTimeout(() => this.give('it took too long'), deadlineMs);
    this.#session = new RealtimeSession({ realtime, setup: SETUP, ...(observer ? { observer } : {}) });
    this.#session.listen({
      onReady: () => undefined,
      onEvent: (event) => this.#heard(event),
      onEnd: ({ code, fatal }) => {
        this.isRefused = fatal;
        this.give(fatal ? `it refused (${code}), and would again` : `its session ended (${code})`);
      },
    });
    this.#session.send({ type: 'add_text', role: 'user', text });
    this.#session.send({ type: 'respond' });
  }

  /** This is what came of it; whatever comes later is not. */
  give(outcome: Speech | string): void {
    clearTimeout(this.#deadline);
    this.#session.close();
    this.#settle(outcome);
  }

  #heard(event: ModelEvent): void {
    if (event.type === 'audio') this.#audio.push(event.audio);
    else if (event.type === 'words')
      this.#words.set(event.itemId, (this.#words.get(event.itemId) ?? '') + event.delta);
    else if (event.type === 'words_done') this.#words.set(event.itemId, event.text);
    else if (event.type === 'response_done') this.give(this.#outcome(event.status));
    else if (event.type === 'error') this.give(`it refused the text (${event.code})`);
  }

  #outcome(status: string): Speech | string {
    if (status !== 'completed') return `its answer was ${status}`;
    if (!saidExactly([...this.#words.values()].join(' '), this.#text)) return 'it said something else';
    const audio = withoutSilence(Buffer.concat(this.#audio));
    return audio.length === 0 ? 'it made no sound' : { audio };
  }
}

/** In whole frames; empty when nothing can be heard. */
function withoutSilence(audio: Buffer): Buffer {
  const frames = Array.from({ length: Math.ceil(audio.length / FRAME_BYTES) }, (_, n) =>
    audio.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES).some(isSound),
  );
  const first = frames.indexOf(true);
  if (first === -1) return Buffer.alloc(0);
  const from = Math.max(0, first - BEFORE_FRAMES);
  const to = frames.lastIndexOf(true) + 1 + AFTER_FRAMES;
  return padToFrames(audio.subarray(from * FRAME_BYTES, to * FRAME_BYTES));
}

function isSound(byte: number): boolean {
  return Math.abs(MULAW_LEVELS[byte] ?? MULAW_LEVELS[SILENCE] ?? 0) > QUIETEST_SOUND;
}

function failed(why: string): GatewayError {
  return new GatewayError('SPEECH_FAILED', `The voice model did not say a text: ${why}`);
}
