import { readingsOf } from './spoken-readings.js';
import { SOUND_KINDS, type Sound, type SoundKind, soundsOf } from './spoken-sounds.js';

/** A sound is a row of at most so many states: its length then is seldom far from the usual one. */
const MOST_STATES = 3;
/** Hops that each of them stands for at least. */
const LEAST_HOPS = 1.5;
const LEAST_STAY = 0.05;
/** How likely a voice pauses: between two words, and where punctuation is. */
const PAUSE = 0.03;
const BREAK = 0.5;
/** How likely a pause goes on for another hop. */
const PAUSE_STAYS = 0.8;
const BREAK_STAYS = 0.97;
const LEAD_IN_STAYS = 0.9;
const PHRASE_END = /[.!?…,;:–—]["'’”)\]]*$/;

/** A word as it may be said; a dash has no reading. */
export interface SayableWord {
  readonly readings: readonly (readonly Sound[])[];
  readonly endsPhrase: boolean;
}

/**
 * All that may be heard of words one after another: a pause or none before each, one of its readings, its sounds. A voice is in one state in
 * each hop, and stays there or goes on to a later one. All states of a word come before those of the next.
 */
export interface WordNetwork {
  /** Of each state: its number among the `SOUND_KINDS`. */
  readonly kinds: Uint8Array;
  /** How likely each state is followed by itself. */
  readonly stays: Float64Array;
  /** Those of the ways that lead to a state from earlier ones begin with this number, and end with that of the next state. */
  readonly firstWays: Int32Array;
  readonly wayFrom: Int32Array;
  readonly wayChance: Float64Array;
  /** By so many states at most a way goes on. */
  readonly reach: number;
  /** The states with which it may begin and end. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The state of the pause behind each word. */
  readonly pauses: readonly number[];
}

/** A way from an earlier state. `chance`: how likely it is taken when that is left. */
interface Way {
  readonly from: number;
  readonly chance: number;
}

export function sayableWord(word: string): SayableWord {
  const endsPhrase = PHRASE_END.test(word);
  const readings = readingsOf(word).map((reading) => soundsOf(reading, endsPhrase));
  return { readings: readings.filter(({ length }) => length > 0), endsPhrase };
}

/** How long the usual reading takes, in ms at the usual pace. */
export function usualMs({ readings }: SayableWord): number {
  return (readings[0] ?? []).reduce((sum, { ms }) => sum + ms, 0);
}

/** `stretch`: how much longer than usual the sounds of the voice are. */
export function networkOfWords(words: readonly SayableWord[], stretch: number, hopMs: number): WordNetwork {
  const network = new Builder(stretch / hopMs);
  for (const word of words) network.add(word);
  return network.built();
}

class Builder {
  readonly #hopsPerMs: number;
  readonly #kinds: SoundKind[] = ['pause'];
  readonly #stays: number[] = [LEAD_IN_STAYS];
  readonly #firstWays: number[] = [0];
  readonly #wayFrom: number[] = [];
  readonly #wayChance: number[] = [];
  #reach = 1;
  readonly #pauses: number[] = [];
  readonly #starts = [0];
  /** The last states of the word before. */
  #last: number[] = [];
  /** How likely a pause follows it. */
  #pauseChance = 0;

  constructor(hopsPerMs: number) {
    this.#hopsPerMs = hopsPerMs;
  }

  add({ readings, endsPhrase }: SayableWord): void {
    const pause = this.#kinds.length - 1;
    if (readings.length === 0) {
      this.#pauses.push(pause);
      return;
    }
    const before = this.#last.map((from) => ({ from, chance: 1 - this.#pauseChance }));
    const entries = [...before, { from: pause, chance: 1 }];
    this.#last = readings.map((sounds) => this.#addReading(sounds, entries, 1 / readings.length));
    this.#pauseChance = endsPhrase ? BREAK : PAUSE;
    const ways = this.#last.map((from) => ({ from, chance: this.#pauseChance }));
    this.#pauses.push(this.#state('pause', endsPhrase ? BREAK_STAYS : PAUSE_STAYS, ways));
  }

  built(): WordNetwork {
    return {
      kinds: Uint8Array.from(this.#kinds, (kind) => SOUND_KINDS.indexOf(kind)),
      stays: Float64Array.from(this.#stays),
      firstWays: Int32Array.from([...this.#firstWays, this.#wayFrom.length]),
      wayFrom: Int32Array.from(this.#wayFrom),
      wayChance: Float64Array.from(this.#wayChance),
      reach: this.#reach,
      starts: this.#starts,
      ends: [...this.#last, this.#kinds.length - 1],
      pauses: this.#pauses,
    };
  }

  /** Returns its last state. */
  #addReading(sounds: readonly Sound[], entries: readonly Way[], share: number): number {
    let ways = entries.map(({ from, chance }) => ({ from, chance: chance * share }));
    for (const { kind, ms } of sounds) {
      const hops = ms * this.#hopsPerMs;
      const states = Math.max(1, Math.min(MOST_STATES, Math.floor(hops / LEAST_HOPS)));
      const stays = Math.max(LEAST_STAY, 1 - states / hops);
      for (let n = 0; n < states; n++) {
        const state = this.#state(kind, stays, ways);
        if (ways.some(({ from }) => from === 0)) this.#starts.push(state);
        ways = [{ from: state, chance: 1 }];
      }
    }
    return this.#kinds.length - 1;
  }

  #state(kind: SoundKind, stays: number, ways: readonly Way[]): number {
    const state = this.#kinds.push(kind) - 1;
    this.#stays.push(stays);
    this.#firstWays.push(this.#wayFrom.length);
    for (const { from, chance } of ways) {
      this.#wayFrom.push(from);
      this.#wayChance.push(chance * (1 - (this.#stays[from] ?? 0)));
      this.#reach = Math.max(this.#reach, state - from);
    }
    return state;
  }
}
