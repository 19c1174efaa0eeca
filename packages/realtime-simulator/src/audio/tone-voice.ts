import { encodeMulaw, MULAW_BYTES_PER_MS, MULAW_SILENCE } from './mulaw.js';

/** Makes the sound of a text: mu-law at 8 kHz. */
export type Speak = (text: string) => Uint8Array | Promise<Uint8Array>;

const MS_PER_LETTER = 55;
const GAP_MS = 60;
const SENTENCE_GAP_MS = 250;
const AMPLITUDE = 8000;
const PITCHES_HZ = [300, 340, 385, 430, 480, 540];

/** A tone for each word, as long as the word would take, its pitch by its first letter. The same text gives the same bytes. */
export function toneVoice(text: string): Uint8Array {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return Buffer.concat(words.flatMap((word) => [toneOf(word), silence(gapAfter(word))]));
}

export function silence(ms: number): Buffer {
  return Buffer.alloc(Math.round(ms) * MULAW_BYTES_PER_MS, MULAW_SILENCE);
}

function toneOf(word: string): Buffer {
  const samples = Math.max(2, word.length) * MS_PER_LETTER * MULAW_BYTES_PER_MS;
  const hz = PITCHES_HZ[word.charCodeAt(0) % PITCHES_HZ.length] ?? 300;
  return Buffer.from(
    Array.from({ length: samples }, (_, at) => {
      // Raised and lowered within 5 ms: a tone that is cut clicks.
      const edge = Math.min(1, at / 40, (samples - at) / 40);
      return encodeMulaw(Math.round(AMPLITUDE * edge * Math.sin((2 * Math.PI * hz * at) / 8000)));
    }),
  );
}

function gapAfter(word: string): number {
  return /[.!?]$/.test(word) ? SENTENCE_GAP_MS : GAP_MS;
}
