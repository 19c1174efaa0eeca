import { encodeMulaw, MULAW_BYTES_PER_MS, MULAW_SILENCE } from './mulaw.js';

/** The sound of a text. */
export interface Spoken {
  /** Mu-law at 8 kHz. */
  readonly audio: Uint8Array;
  /** When each word of the text has been said, in ms; without it words have shares of the audio by their letters. */
  readonly wordEndsMs?: readonly number[];
}

/** Makes the sound of a text, as audio alone (mu-law at 8 kHz) or with the times of its words. */
export type Speak = (text: string) => Uint8Array | Spoken | Promise<Uint8Array | Spoken>;

const MS_PER_LETTER = 55;
const GAP_MS = 60;
const SENTENCE_GAP_MS = 250;
const AMPLITUDE = 8000;
const PITCHES_HZ = [300, 340, 385, 430, 480, 540];

/** A tone for each word, as long as the word would take, its pitch by its first letter. The same text gives the same bytes. */
export function toneVoice(text: string): Uint8Array {
  return Buffer.concat(wordsOf(text).flatMap((word) => [toneOf(word), silence(gapAfter(word))]));
}

/** The same with the true end of each word. */
export function toneVoiceWithWords(text: string): Spoken {
  let atMs = 0;
  const wordEndsMs = wordsOf(text).map((word) => {
    const endMs = atMs + lettersOf(word) * MS_PER_LETTER;
    atMs = endMs + gapAfter(word);
    return endMs;
  });
  return { audio: toneVoice(text), wordEndsMs };
}

/** The words of a text as voices and transcripts count them. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

export function silence(ms: number): Buffer {
  return Buffer.alloc(Math.round(ms) * MULAW_BYTES_PER_MS, MULAW_SILENCE);
}

function toneOf(word: string): Buffer {
  const samples = lettersOf(word) * MS_PER_LETTER * MULAW_BYTES_PER_MS;
  const hz = PITCHES_HZ[word.charCodeAt(0) % PITCHES_HZ.length] ?? 300;
  return Buffer.from(
    Array.from({ length: samples }, (_, at) => {
      // Raised and lowered within 5 ms: a tone that is cut clicks.
      const edge = Math.min(1, at / 40, (samples - at) / 40);
      return encodeMulaw(Math.round(AMPLITUDE * edge * Math.sin((2 * Math.PI * hz * at) / 8000)));
    }),
  );
}

function lettersOf(word: string): number {
  return Math.max(2, word.length);
}

function gapAfter(word: string): number {
  return /[.!?]$/.test(word) ? SENTENCE_GAP_MS : GAP_MS;
}
