/** How one cue speaks for a voice: a weight below the first edge, between two edges, and from the last edge on. */
export interface CueScale {
  readonly edges: readonly number[];
  readonly weights: readonly number[];
}

/** The odds of a frame of which no cue is known, and of each cue, as natural logarithms; fitted by lab/bench/voice-fit.ts. */
const PRIOR = 0.3;
/**
 * In the order of the cues. One weight is not as fitted (1.4): that a sound begins says less for a voice than made
 * callers, who all begin in silence, make believe.
 */
export const SCALES: readonly CueScale[] = [
  { edges: [0.6, 0.7, 0.8, 0.9, 0.96], weights: [-1.2, -0.7, -0.1, 0.7, 1, 0.2] },
  { edges: [0.5, 0.6, 0.7, 0.8, 0.9], weights: [-0.7, -1, -0.7, -0.4, 0.6, 2.2] },
  { edges: [0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7], weights: [1, -3, -1, 0, 0.1, 0, 0.6, 1.8] },
  { edges: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16], weights: [-2.3, -1.1, -0.1, 0.8, 2.1, 1.4, -0.7] },
  { edges: [1, 2, 3, 5], weights: [-1.6, -0.2, 1, 0.5, 0.2] },
  { edges: [0.3, 0.6, 0.8, 0.9, 0.97], weights: [0.8, 1, 0.8, -0.1, -1.3, -1.3] },
  { edges: [-6, -3, -1, 1, 3, 10], weights: [1.5, -0.7, -1.3, -0.8, -0.2, 0.6, 0.9] },
];
const EDGES = SCALES.map(({ edges }) => Float64Array.from(edges));
const WEIGHTS = SCALES.map(({ weights }) => Float64Array.from(weights));

/** How much more likely one frame is a voice than not, as the natural logarithm of the odds. */
export function logOdds(cues: Float64Array): number {
  let odds = PRIOR;
  for (let cue = 0; cue < EDGES.length; cue++) {
    const edges = EDGES[cue];
    if (!edges) continue;
    let bin = 0;
    while (bin < edges.length && (cues[cue] ?? 0) >= (edges[bin] ?? 0)) bin++;
    odds += WEIGHTS[cue]?.[bin] ?? 0;
  }
  return odds;
}

/** No frame alone says more than that. */
const MOST = 2;
/** What silence and unvoiced sounds take away. */
const FADE = 1;
const CANDIDATE = 1.5;
const ACCEPTED = 3;
/** Without one frame that repeats itself by so much, more is asked for: tools rattle all the time, voices are hoarse at times. */
const CLEAR = 0.75;
const HOARSE = 2;
/** Evidence beyond acceptance is forgotten. */
const SURPLUS = 3;
/** The doubt of a line on which what passes the gate is no voice: how much more it asks for, at most and by its share. */
const MOST_DOUBT = 16;
const DOUBT_PER_SHARE = 80;
/** The share is taken over five seconds or so, and a second and a half late: no word is held against itself. */
const SHARE_FRAMES = 250;
const LATE_FRAMES = 75;

/**
 * Adds up, frame by frame, what speaks for a voice on one line. On a line where sounds that are no voice pass the gate
 * again and again, more is asked for; where there are none, nothing is lost.
 */
export class VoiceEvidence {
  #sum = 0;
  /** The strongest voicing since there was no evidence. */
  #clearest = 0;
  /** The share of the last frames that passed the gate and did not sound like a voice. */
  #noise = 0;
  #noiseBefore = 0;

  get isNothing(): boolean {
    return this.#sum === 0;
  }

  get isCandidate(): boolean {
    return this.#sum > CANDIDATE;
  }

  get isAccepted(): boolean {
    return this.#sum > this.#needed;
  }

  /** A frame that passed the gate and repeats itself as a voice does, with its `logOdds` and how strongly it repeats. */
  voiced(odds: number, strength: number): void {
    this.#doubt(odds < 0);
    this.#clearest = Math.max(this.isNothing ? 0 : this.#clearest, strength);
    const sum = this.#sum + Math.max(-MOST, Math.min(MOST, odds));
    this.#sum = Math.max(0, Math.min(this.#needed + SURPLUS, sum));
  }

  /** Any other frame; `loud`: it passed the gate. */
  unvoiced(loud: boolean): void {
    this.#doubt(loud);
    this.#sum = Math.max(0, this.#sum - FADE);
  }

  /** What was heard is settled. */
  clear(): void {
    this.#sum = 0;
  }

  get #needed(): number {
    const hoarse = this.#clearest < CLEAR ? HOARSE : 0;
    return ACCEPTED + hoarse + Math.min(MOST_DOUBT, DOUBT_PER_SHARE * this.#noiseBefore);
  }

  #doubt(isNoise: boolean): void {
    this.#noise += ((isNoise ? 1 : 0) - this.#noise) / SHARE_FRAMES;
    this.#noiseBefore += (this.#noise - this.#noiseBefore) / LATE_FRAMES;
  }
}
