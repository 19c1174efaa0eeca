import { BYTES_PER_MS } from '../audio/mulaw.js';

/** The words of a sentence, and where its audio lies in its utterance, in bytes. */
export interface SpokenWords {
  readonly text: string;
  /** See `SpokenPiece`. */
  readonly wordEndsMs: readonly number[] | undefined;
  readonly startByte: number;
  readonly endByte: number;
}

/** The words within the first `heardMs`: whole sentences, and of the one cut through those that were said by then. */
export function wordsHeard(all: readonly SpokenWords[], heardMs: number): string {
  const heardBytes = heardMs * BYTES_PER_MS;
  const parts: string[] = [];
  let startByte = 0;
  for (const words of all) {
    if (heardBytes <= startByte) break;
    parts.push(heardBytes >= words.endByte ? words.text : wordsOfPart(words, startByte, heardBytes));
    startByte = words.endByte;
  }
  return parts.filter(Boolean).join(' ');
}

function wordsOfPart(
  { text, wordEndsMs, endByte }: SpokenWords,
  startByte: number,
  heardBytes: number,
): string {
  const words = text.split(' ');
  const heardMs = (heardBytes - startByte) / BYTES_PER_MS;
  const ends =
    wordEndsMs?.length === words.length ? wordEndsMs : guessEnds(words, (endByte - startByte) / BYTES_PER_MS);
  const cut = ends.findIndex((end) => end > heardMs);
  return words.slice(0, cut < 0 ? words.length : cut).join(' ');
}

// Where the voice does not say: a word takes its share of the audio by its letters and the space behind it.
function guessEnds(words: readonly string[], durationMs: number): number[] {
  const letters = words.reduce((sum, word) => sum + word.length + 1, 0);
  let said = 0;
  return words.map((word) => {
    said += word.length + 1;
    return (said / letters) * durationMs;
  });
}
