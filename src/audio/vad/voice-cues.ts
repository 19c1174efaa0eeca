import { SpectralShape } from './spectral-shape.js';
import { Voicing } from './voicing.js';

/** So many cues are told of each frame, by these indexes. */
export const CUES = 7;
const STRENGTH = 0;
const STEADINESS = 1;
const CHANGE = 2;
const GLIDE = 3;
const SWELL = 4;
const RINGING = 5;
const SLOPE = 6;

/** Softer frames count as that loud: how far it is down to silence says nothing. */
const SOFTEST_DBFS = -45;
const LEVELS = 11;
/** What a glide is when the pitch before is not known. */
const UNKNOWN_GLIDE = 1;

/**
 * What tells a voice from an engine, a tool or an instrument, frame by frame. A voice is voiced for several frames in a
 * row, its pitch glides, its spectrum moves on, and it swells; what is struck or plucked is loudest at once, then fades
 * at one pitch and in one colour. Allocates nothing after it was made.
 */
export class VoiceCues {
  /**
   * By index: 0 strength of the voicing (0 to 1); 1 the least of the last three; 2 distance of the spectrum from 60 ms
   * before (-1: unknown); 3 change of pitch over 40 ms in octaves, without the whole ones; 4 frames from the steepest rise
   * of the last 200 ms to the loudest frame after it; 5 ringing beside the strength; 6 change of level in dB.
   */
  readonly values = new Float64Array(CUES);
  readonly #voicing = new Voicing();
  readonly #shape = new SpectralShape();
  /** The latest last. */
  readonly #levels = new Float64Array(LEVELS).fill(SOFTEST_DBFS);
  readonly #strengths = new Float64Array(3);
  readonly #periods = new Float64Array(3);

  get strength(): number {
    return this.values[STRENGTH] ?? 0;
  }

  /** Takes the next frame of 160 samples. One that is not `worthwhile` (too soft) only passes, and no cue is told of it. */
  push(samples: Float64Array, levelDbfs: number, worthwhile: boolean): void {
    this.#voicing.push(samples);
    shiftIn(this.#levels, Math.max(SOFTEST_DBFS, levelDbfs));
    if (worthwhile) {
      this.#voicing.analyse();
      this.#tell(samples);
    } else {
      this.#pass();
    }
  }

  /**
   * Takes the next frame of which only its strength is asked for, be it weaker than it is, if it is more than `enough`; null: not even that.
   * What is told of the next three frames that are pushed knows nothing of this one.
   */
  follow(samples: Float64Array, levelDbfs: number, enough: number | null): void {
    this.#voicing.push(samples);
    shiftIn(this.#levels, Math.max(SOFTEST_DBFS, levelDbfs));
    this.#pass();
    if (enough !== null) this.values[STRENGTH] = Math.max(0, this.#voicing.strengthBeyond(enough));
  }

  #pass(): void {
    this.#shape.skip();
    this.values[STRENGTH] = 0;
    shiftIn(this.#strengths, 0);
    shiftIn(this.#periods, 0);
  }

  #tell(samples: Float64Array): void {
    const { values } = this;
    const voicing = this.#voicing;
    const strength = Math.max(0, voicing.strength);
    shiftIn(this.#strengths, strength);
    shiftIn(this.#periods, voicing.period);
    values[STRENGTH] = strength;
    values[STEADINESS] = least(this.#strengths);
    values[CHANGE] = this.#shape.push(samples);
    values[GLIDE] = this.#glide();
    values[SWELL] = this.#swell();
    values[RINGING] = voicing.ringing / Math.max(0.1, strength);
    values[SLOPE] = (this.#levels[LEVELS - 1] ?? 0) - (this.#levels[LEVELS - 2] ?? 0);
  }

  #glide(): number {
    const before = this.#periods[0] ?? 0;
    if (before === 0) return UNKNOWN_GLIDE;
    const octaves = Math.log2((this.#periods[2] ?? 0) / before);
    return Math.abs(octaves - Math.round(octaves));
  }

  #swell(): number {
    const levels = this.#levels;
    let steepest = LEVELS - 1;
    for (let n = LEVELS - 2; n > 0; n--) if (rise(levels, n) > rise(levels, steepest)) steepest = n;
    let loudest = steepest;
    for (let n = steepest + 1; n < LEVELS; n++) if ((levels[n] ?? 0) > (levels[loudest] ?? 0)) loudest = n;
    return loudest - steepest;
  }
}

function rise(levels: Float64Array, n: number): number {
  return (levels[n] ?? 0) - (levels[n - 1] ?? 0);
}

// A few at a time: to call `copyWithin` takes longer than to move them.
function shiftIn(values: Float64Array, next: number): void {
  const last = values.length - 1;
  for (let n = 0; n < last; n++) values[n] = values[n + 1] ?? 0;
  values[last] = next;
}

function least(values: Float64Array): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < values.length; n++) smallest = Math.min(smallest, values[n] ?? 0);
  return smallest;
}
