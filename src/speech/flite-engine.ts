import { readWav } from '../audio/wav.js';
import { toPhone } from './phone-band.js';
import type { Speech } from './text-to-speech.js';
import { type CommandResult, type CompiledCommand, compileCommand, runCommand } from './wasi-command.js';
import { readPhoneCounts, readPhones, wordEnds } from './word-times.js';

const VOICE = 'rms';
/** Knows the same words as ours and is five times as fast: for how they sound, not for the sound. */
const QUICK_VOICE = 'kal';
const SOURCE_RATE = 16000;
/** How long each sound lasts, as a share of what Flite makes of it. At 1 a booking is said at about 141 words a minute. */
const DURATION = 0.83;
const WAV_FILE = 'speech.wav';
const LEXICON_FILE = 'lexicon.txt';
const MAX_WORDS_KNOWN = 10_000;

/**
 * Words that Flite says wrongly or weakly by itself, in its own phones (US English CMU set; 1 is the stressed vowel).
 * The days of the week end in a weak "-dee" in its dictionary, which a telephone blurs.
 */
export const PRONUNCIATIONS: Readonly<Record<string, string>> = {
  monday: 'm ah1 n d ey0',
  tuesday: 't uw1 z d ey0',
  wednesday: 'w eh1 n z d ey0',
  thursday: 'th er1 z d ey0',
  friday: 'f r ay1 d ey0',
  saturday: 's ae1 t er0 d ey0',
  sunday: 's ah1 n d ey0',
  hyundai: 'hh ah1 n d ey0',
  kia: 'k iy1 ax0',
  tahoe: 't aa1 hh ow0',
  nguyen: 'w ih1 n',
};

/** The Flite program itself. Every call occupies its thread for about 50 ms a sentence: for a worker thread only. */
export class FliteEngine {
  readonly #flite: CompiledCommand;
  readonly #duration: number;
  /** How many sounds a word has. */
  readonly #counts = new Map<string, number>();

  private constructor(flite: CompiledCommand, duration: number) {
    this.#flite = flite;
    this.#duration = duration;
  }

  /** `program` is `flite.wasm`; `duration`: how long each sound lasts, 1 being Flite's own pace; ours when absent. */
  static async load(program: Uint8Array, duration = DURATION): Promise<FliteEngine> {
    return new FliteEngine(await compileCommand(program), duration);
  }

  /**
   * The same bytes for the same text. `words`: each word of the text by itself, for the word times; without them there are none.
   * Throws when nothing came out.
   */
  say(text: string, words: readonly string[] = []): Speech {
    const { status, printed, files } = this.#run(VOICE, [
      '--setf',
      `duration_stretch=${this.#duration}`,
      '-psdur',
      '-t',
      text,
      '-o',
      WAV_FILE,
    ]);
    const file = files.get(WAV_FILE);
    if (status !== 0 || !file) throw new Error(`Flite ended with status ${status} and made no audio`);
    const { sampleRate, channels } = readWav(file);
    const speech = channels[0];
    if (sampleRate !== SOURCE_RATE || !speech) throw new Error(`Flite made audio at ${sampleRate} Hz`);
    const { audio, skippedMs } = toPhone(speech);
    if (audio.length === 0) throw new Error('Flite made nothing but silence');
    const ends = wordEnds(readPhones(printed), this.#countsOf(words));
    return ends ? { audio, wordEndsMs: ends.map((ms) => Math.max(0, ms - skippedMs)) } : { audio };
  }

  #run(voice: string, args: readonly string[]): CommandResult {
    const all = ['flite', '-voice', voice, '-add_lex', LEXICON_FILE, ...args];
    return runCommand(this.#flite, all, { [LEXICON_FILE]: lexiconFile() });
  }

  /** Nothing when it cannot be told. */
  #countsOf(words: readonly string[]): number[] {
    const bare = words.map((word) => word.replace(/[,.;:!?]+(?=\s|$)/g, '').trim());
    const unknown = [...new Set(bare)].filter((word) => word && !this.#counts.has(word));
    if (unknown.length > 0) this.#learn(unknown);
    const counts = bare.map((word) => (word ? this.#counts.get(word) : 0));
    return counts.every((count) => count !== undefined) ? counts : [];
  }

  #learn(words: readonly string[]): void {
    if (this.#counts.size > MAX_WORDS_KNOWN) this.#counts.clear();
    const { printed } = this.#run(QUICK_VOICE, ['-ps', '-t', words.join(', '), '-o', 'none']);
    const counts = readPhoneCounts(printed);
    if (counts.length !== words.length) return;
    for (const [index, word] of words.entries()) this.#counts.set(word, counts[index] ?? 0);
  }
}

/** The same as a file for Flite's `-add_lex`. */
export function lexiconFile(): string {
  const lines = Object.entries(PRONUNCIATIONS).map(([word, phones]) => `"${word}" nil : ${phones}`);
  return `# word, part of speech (any), phones\n${lines.join('\n')}\n`;
}
