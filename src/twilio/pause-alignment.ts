/** A place that is sure: before the word of that number the voice had been heard for so long. */
export interface Anchor {
  readonly word: number;
  readonly voicedMs: number;
}

/** A place where the words let a voice pause. `letters`: how many come before it; `unsure`: how many more, if numbers before it are read in a longer way. */
export interface WordBreak {
  readonly word: number;
  readonly letters: number;
  readonly unsure: number;
  readonly endsSentence: boolean;
}

/** A place where the voice has paused. `voicedMs`: how long it was heard before. */
interface VoicePause {
  readonly lengthMs: number;
  readonly voicedMs: number;
}

interface AlignmentContext {
  /** How fast the voice speaks, as far as is known. */
  readonly msPerLetter: number;
  /** The end of the words in the audio; `null` while it is not there. */
  readonly end: { readonly letters: number; readonly unsure: number; readonly voicedMs: number } | null;
}

/** A voice is so uneven: what so many ms of it say differs by this times their root, and by a little at its edges. */
const UNEVEN = 5;
const EDGE_MS = 40;
/** While the end is not known, the pace may be another one by so much. */
const PACE_OFF = 0.12;
/** Nothing that is further off is taken for the same place. */
const MOST_OFF = 3;
/** From one place to the next at most so many breaks and pauses are passed over: a bound of the work. */
const REACH = 6;
/** A voice pauses so long in the middle of a sentence, too. */
const LONG_MS = 150;
/** So many letters tell the pace of what follows. */
const TELLING_LETTERS = 20;

interface Place {
  readonly letters: number;
  readonly unsure: number;
  readonly voicedMs: number;
}

interface Path {
  readonly at: Place;
  readonly breaks: number;
  readonly pauses: number;
  readonly score: number;
  readonly before: Path | null;
}

/** Finds the pause that each break is heard as, if any: the way through both that is likeliest as a whole. */
export function alignPauses(
  breaks: readonly WordBreak[],
  pauses: readonly VoicePause[],
  context: AlignmentContext,
): Anchor[] {
  const start: Path = {
    at: { letters: 0, unsure: 0, voicedMs: 0 },
    breaks: -1,
    pauses: -1,
    score: 0,
    before: null,
  };
  const alignment = new Alignment(breaks, pauses, context);
  const found: Path[][] = [];
  for (const b of breaks.keys()) {
    const near = [start, ...found.slice(-REACH).flat()];
    found.push([...pauses.keys()].flatMap((p) => alignment.best(near, b, p) ?? []));
  }
  const anchors: Anchor[] = [];
  for (let path: Path | null = alignment.last([start, ...found.flat()]); path?.before; path = path.before)
    anchors.unshift({ word: breaks[path.breaks]?.word ?? 0, voicedMs: path.at.voicedMs });
  return anchors;
}

class Alignment {
  readonly #breaks: readonly WordBreak[];
  readonly #pauses: readonly VoicePause[];
  readonly #context: AlignmentContext;
  /** How many sentences end, and how many pauses are long, before each of them. */
  readonly #ends: readonly number[];
  readonly #long: readonly number[];

  constructor(breaks: readonly WordBreak[], pauses: readonly VoicePause[], context: AlignmentContext) {
    this.#breaks = breaks;
    this.#pauses = pauses;
    this.#context = context;
    this.#ends = counts(breaks.map(({ endsSentence }) => endsSentence));
    this.#long = counts(pauses.map(({ lengthMs }) => lengthMs >= LONG_MS));
  }

  /** The best way on to this break as this pause; `null`: the one cannot be the other. */
  best(paths: readonly Path[], b: number, p: number): Path | null {
    const [wordBreak, pause] = [this.#breaks[b], this.#pauses[p]];
    if (!wordBreak || !pause) return null;
    const at = { letters: wordBreak.letters, unsure: wordBreak.unsure, voicedMs: pause.voicedMs };
    const gain = Math.min(pause.lengthMs, wordBreak.endsSentence ? 300 : LONG_MS) / 100;
    let best: Path | null = null;
    for (const before of paths) {
      if (before.pauses >= p || p - before.pauses > REACH || b - before.breaks > REACH) continue;
      const off = this.#off(before, at);
      if (off > MOST_OFF) continue;
      const score = before.score + gain - off ** 2 / 2 - this.#passed(before, b, p);
      if (!best || score > best.score) best = { at, breaks: b, pauses: p, score, before };
    }
    return best;
  }

  /** The best of the ways to their end. */
  last(paths: readonly Path[]): Path | null {
    const { end } = this.#context;
    const scored = paths.map((path) => {
      const off = end ? Math.min(2 * MOST_OFF, this.#off(path, end)) : 0;
      const left = this.#passed(path, end ? this.#breaks.length : path.breaks, this.#pauses.length);
      return { path, score: path.score - off ** 2 / 2 - left };
    });
    return scored.reduce((best, one) => (one.score > best.score ? one : best)).path;
  }

  /** How far what the voice said between two places is from what the letters say, in usual differences. */
  #off(from: Path, to: Place): number {
    const { msPerLetter, end } = this.#context;
    const isTelling = from.at.letters >= TELLING_LETTERS;
    const left = end ? (end.voicedMs - from.at.voicedMs) / (end.letters - from.at.letters) : msPerLetter;
    const pace = end || !isTelling ? left : from.at.voicedMs / from.at.letters;
    const expectedMs = (to.letters - from.at.letters) * pace;
    const paceOffMs = end ? 0 : PACE_OFF * expectedMs;
    const usual = Math.sqrt(EDGE_MS ** 2 + UNEVEN ** 2 * expectedMs + paceOffMs ** 2);
    const unsureMs = (to.unsure - from.at.unsure) * pace;
    const laterMs = to.voicedMs - from.at.voicedMs - expectedMs;
    return (laterMs > 0 ? Math.max(0, laterMs - unsureMs) : -laterMs) / usual;
  }

  #passed({ breaks, pauses }: Path, b: number, p: number): number {
    const ends = (this.#ends[b] ?? 0) - (this.#ends[breaks + 1] ?? 0);
    const long = (this.#long[p] ?? 0) - (this.#long[pauses + 1] ?? 0);
    return Math.max(0, ends) + 1.5 * Math.max(0, long);
  }
}

/** How many of those before each place are so. */
function counts(areSo: readonly boolean[]): number[] {
  const before = [0];
  for (const isSo of areSo) before.push((before.at(-1) ?? 0) + (isSo ? 1 : 0));
  return before;
}
