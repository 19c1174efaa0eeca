import { type HeardSounds, HOP_MS } from './heard-sounds.js';
import { lettersOf } from './spoken-letters.js';
import { SOUND_KINDS } from './spoken-sounds.js';
import { networkOfWords, type SayableWord, sayableWord, usualMs, type WordNetwork } from './word-network.js';
import type { PlacedWord, SpokenAudio } from './word-places.js';

/** What is less likely than this beside all else in its hop is not followed. */
const UNLIKELY = 1e-25;
const LIKELY = 0.5;
const CERTAIN = 0.999;
/** Which hop a sound ends in is a matter of taste. */
const EDGE_MS = 80;

/** Numbers for the states from `from` on; those of all others are 0. */
interface Band {
  readonly from: number;
  readonly values: Float64Array;
}

/** No voice is faster than this share of what is usual: a bound of the work. */
const FASTEST = 0.25;
const KINDS = SOUND_KINDS.length;
const NOTHING: Band = { from: 0, values: new Float64Array(0) };

/**
 * Places words by how they sound, where all of them are known: all ways through their network are weighed by how well they fit what is heard
 * (forward and backward, as with a hidden Markov model). Null where they do not fit it at all.
 */
export function alignWords(
  words: readonly string[],
  heard: HeardSounds,
  { voice, hasAllAudio, pace }: SpokenAudio,
): PlacedWord[] | null {
  const sayable = beginningOf(words, voice.totalMs / FASTEST);
  const usual = sum(sayable.map(usualMs));
  const areAll = sayable.length === words.length;
  if (usual === 0 || heard.hops === 0 || (hasAllAudio && !areAll)) return null;
  const voicedMs = hasAllAudio
    ? voice.voicedMs
    : pace.msPerLetter * sum(words.slice(0, sayable.length).map(lettersOf));
  const network = networkOfWords(sayable, voicedMs / usual, HOP_MS);
  const beyond = backward(network, heard, forward(network, heard), hasAllAudio);
  if (!beyond) return null;
  const firsts = [0, ...network.pauses.slice(0, -1)].map((pause) => pause + 1);
  const starts = reached(firsts, beyond, LIKELY);
  const ends = reached(network.pauses, beyond, LIKELY);
  const said = reached(network.pauses, beyond, CERTAIN).map((ms) => ms + EDGE_MS);
  const { totalMs } = voice;
  return words.map((word, i) => ({
    word,
    startMs: Math.min(starts[i] ?? totalMs, totalMs),
    endMs: Math.min(ends[i] ?? totalMs, totalMs),
    saidMs: hasAllAudio ? Math.min(said[i] ?? totalMs, totalMs) : (said[i] ?? Infinity),
  }));
}

/** Those that so many ms have room for at the usual pace. */
function beginningOf(words: readonly string[], ms: number): SayableWord[] {
  const sayable: SayableWord[] = [];
  for (let [i, left] = [0, ms]; i < words.length && left > 0; i++) {
    const word = sayableWord(words[i] ?? '');
    left -= usualMs(word);
    sayable.push(word);
  }
  return sayable;
}

/** For each hop: how likely each state is by what was heard up to it. */
function forward(network: WordNetwork, { hops, likely }: HeardSounds): Band[] {
  const { kinds, stays, firstWays, wayFrom, wayChance, starts } = network;
  // Only a band of them is other than 0: a text may be long.
  let [before, now] = [new Float64Array(stays.length), new Float64Array(stays.length)];
  for (const start of starts) before[start] = likely[kinds[start] ?? 0] ?? 0;
  const bands = [bandOf(before, 0, stays.length)];
  for (let hop = 1; hop < hops; hop++) {
    const { from, values } = bands[hop - 1] ?? NOTHING;
    const to = Math.min(stays.length, from + values.length + network.reach);
    for (let state = from; state < to; state++) {
      let chance = (before[state] ?? 0) * (stays[state] ?? 0);
      const last = firstWays[state + 1] ?? 0;
      for (let way = firstWays[state] ?? 0; way < last; way++)
        chance += (before[wayFrom[way] ?? 0] ?? 0) * (wayChance[way] ?? 0);
      now[state] = chance * (likely[hop * KINDS + (kinds[state] ?? 0)] ?? 0);
    }
    bands.push(bandOf(now, from, to));
    [before, now] = [now, before.fill(0, from, to)];
  }
  return bands;
}

/** Makes those between two states shares of all, without what is unlikely at both ends. Returns a copy. */
function bandOf(chances: Float64Array, from: number, to: number): Band {
  let sum = 0;
  for (let state = from; state < to; state++) sum += chances[state] ?? 0;
  let [first, behind] = [from, to];
  while (first < behind && (chances[first] ?? 0) <= UNLIKELY * sum) first += 1;
  while (behind > first && (chances[behind - 1] ?? 0) <= UNLIKELY * sum) behind -= 1;
  for (let state = first; state < behind; state++) chances[state] = (chances[state] ?? 0) / sum;
  chances.fill(0, from, first).fill(0, behind, to);
  return { from: first, values: chances.slice(first, behind) };
}

/** For each hop: how likely the voice is in each state or beyond, by all that was heard. Null: the end is not reached. */
function backward(
  network: WordNetwork,
  { likely }: HeardSounds,
  bands: readonly Band[],
  isWhole: boolean,
): Band[] | null {
  const { kinds, stays, firstWays, wayFrom, wayChance, reach, ends } = network;
  let [after, now] = [new Float64Array(stays.length).fill(isWhole ? 0 : 1), new Float64Array(stays.length)];
  for (const end of ends) after[end] = 1;
  let written: [number, number] = [0, stays.length];
  const beyond: Band[] = [];
  for (let hop = bands.length - 1; hop >= 0; hop--) {
    const band = bands[hop] ?? NOTHING;
    const { from } = band;
    const values = tailsOf(band, after);
    const all = values[0] ?? 0;
    if (!(all > 0)) return null;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / all;
    beyond.push({ from, values });
    for (let state = from; state < from + values.length; state++) {
      const chance = ((likely[hop * KINDS + (kinds[state] ?? 0)] ?? 0) * (after[state] ?? 0)) / all;
      now[state] = (now[state] ?? 0) + chance * (stays[state] ?? 0);
      const last = firstWays[state + 1] ?? 0;
      for (let way = firstWays[state] ?? 0; way < last; way++) {
        const before = wayFrom[way] ?? 0;
        now[before] = (now[before] ?? 0) + chance * (wayChance[way] ?? 0);
      }
    }
    [after, now] = [now, after.fill(0, ...written)];
    written = [Math.max(0, from - reach), from + values.length];
  }
  return beyond.reverse();
}

/** How likely each state or one beyond is, of all ways through them: what was heard up to now, and after. */
function tailsOf({ from, values }: Band, after: Float64Array): Float64Array {
  let sum = 0;
  const sums = new Float64Array(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    sum += (values[i] ?? 0) * (after[from + i] ?? 0);
    sums[i] = sum;
  }
  return sums;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

/** When the voice had come to each of these states, or beyond, with this probability, in ms. */
function reached(states: readonly number[], beyond: readonly Band[], chance: number): number[] {
  let hop = 0;
  return states.map((state) => {
    while (hop < beyond.length && chanceOf(beyond[hop], state) < chance) hop += 1;
    return hop < beyond.length ? hop * HOP_MS : Infinity;
  });
}

function chanceOf(beyond: Band | undefined, state: number): number {
  if (!beyond) return 0;
  return state <= beyond.from ? 1 : (beyond.values[state - beyond.from] ?? 0);
}
