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

/**
 * Says a text: the same bytes for the same text. `words`: each word of the text by itself, for the word times; without them there are none.
 * Occupies its thread for about 50 ms a sentence: for a worker thread only. Throws when nothing came out.
 */
export type Flite = (text: string, words?: readonly string[]) => Speech;

/** `program` is `flite.wasm`; `duration`: how long each sound lasts, 1 being Flite's own pace; ours when absent. */
export async function loadFlite(program: Uint8Array, duration = DURATION): Promise<Flite> {
  const flite = await compileCommand(program);
  const countsOf = phoneCounter(flite);
  const manner = ['--setf', `duration_stretch=${duration}`, '-psdur'];
  return (text, words = []) => {
    const { status, printed, files } = run(flite, VOICE, [...manner, '-t', text, '-o', WAV_FILE]);
    const file = files.get(WAV_FILE);
    if (status !== 0 || !file) throw new Error(`Flite ended with status ${status} and made no audio`);
    const { sampleRate, channels } = readWav(file);
    const speech = channels[0];
    if (sampleRate !== SOURCE_RATE || !speech) throw new Error(`Flite made audio at ${sampleRate} Hz`);
    const { audio, skippedMs } = toPhone(speech);
    if (audio.length === 0) throw new Error('Flite made nothing but silence');
    const ends = wordEnds(readPhones(printed), countsOf(words));
    return ends ? { audio, wordEndsMs: ends.map((ms) => Math.max(0, ms - skippedMs)) } : { audio };
  };
}

/** How many sounds each word has; nothing when it cannot be told. */
function phoneCounter(flite: CompiledCommand): (words: readonly string[]) => number[] {
  const known = new Map<string, number>();
  const learn = (words: readonly string[]) => {
    if (known.size > MAX_WORDS_KNOWN) known.clear();
    const { printed } = run(flite, QUICK_VOICE, ['-ps', '-t', words.join(', '), '-o', 'none']);
    const counts = readPhoneCounts(printed);
    if (counts.length !== words.length) return;
    for (const [index, word] of words.entries()) known.set(word, counts[index] ?? 0);
  };
  return (words) => {
    const bare = words.map((word) => word.replace(/[,.;:!?]+(?=\s|$)/g, '').trim());
    const unknown = [...new Set(bare)].filter((word) => word && !known.has(word));
    if (unknown.length > 0) learn(unknown);
    const counts = bare.map((word) => (word ? known.get(word) : 0));
    return counts.every((count) => count !== undefined) ? counts : [];
  };
}

function run(flite: CompiledCommand, voice: string, args: readonly string[]): CommandResult {
  const all = ['flite', '-voice', voice, '-add_lex', LEXICON_FILE, ...args];
  return runCommand(flite, all, { [LEXICON_FILE]: lexiconFile() });
}

/** The same as a file for Flite's `-add_lex`. */
export function lexiconFile(): string {
  const lines = Object.entries(PRONUNCIATIONS).map(([word, phones]) => `"${word}" nil : ${phones}`);
  return `# word, part of speech (any), phones\n${lines.join('\n')}\n`;
}
