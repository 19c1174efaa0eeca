/** How one cue speaks for a voice: a weight below the first edge, between two edges, and from the last edge on. */
export interface CueScale {
  readonly edges: readonly number[];
  readonly weights: readonly number[];
}

/** The odds of a frame of which no cue is known, and of each cue, as natural logarithms; fitted by bench/voice-fit.ts. */
export const PRIOR = 0.4;
/** In the order of the cues. */
export const SCALES: readonly CueScale[] = [
  { edges: [0.6, 0.7, 0.8, 0.9, 0.96], weights: [-0.9, -0.1, -0.1, 0.7, 0.7, -0.2] },
  { edges: [0.5, 0.6, 0.7, 0.8, 0.9], weights: [-0.4, -1, -1, -0.5, 0.7, 2.2] },
  { edges: [0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.7], weights: [0.8, -2.8, -1.2, -0.2, 0.2, 0.4, 1, 1.8] },
  { edges: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16], weights: [-2.6, -0.6, 0.1, 0.8, 1.9, 1.1, -0.7] },
  { edges: [1, 2, 3, 5], weights: [-2, -0.5, 1.3, 0.8, 0.3] },
  { edges: [0.3, 0.6, 0.8, 0.9, 0.97], weights: [0.8, 0.8, 0.6, -0.3, -0.5, -1.4] },
  { edges: [-6, -3, -1, 1, 3, 10], weights: [1.9, -0.8, -1.2, -0.7, -0.2, 0.5, 0.5] },
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
const ACCEPTED = 2.5;
/** Evidence beyond acceptance is forgotten. */
const SURPLUS = 3;
/** The doubt of a line on which what is heard is never a voice, and how many frames it takes to come and go. */
const MOST_DOUBT = 14;
const DOUBT_PER_SHARE = 30;
const DOUBT_FRAMES = 250;
/** How much an unvoiced frame above the gate weighs, beside a voiced one that is no voice. */
const UNVOICED_DOUBT = 0.6;

/**
 * Adds up, frame by frame, what speaks for a voice on one line. On a line where sounds that are no voice pass the gate
 * again and again, more is asked for: nothing is lost where there are none.
 */
export class VoiceEvidence {
  #sum = 0;
  /** The share of the last five seconds that was loud and no voice. */
  #noise = 0;

  get isNothing(): boolean {
    return this.#sum === 0;
  }

  get isCandidate(): boolean {
    return this.#sum > CANDIDATE;
  }

  get isAccepted(): boolean {
    return this.#sum > this.#needed;
  }

  /** A frame that passed the gate and repeats itself as a voice does. */
  voiced(odds: number): void {
    this.#doubt(odds < 0 ? 1 : 0);
    const sum = this.#sum + Math.max(-MOST, Math.min(MOST, odds));
    this.#sum = Math.max(0, Math.min(this.#needed + SURPLUS, sum));
  }

  /** Any other frame; `loud`: it passed the gate. */
  unvoiced(loud: boolean): void {
    this.#doubt(loud ? UNVOICED_DOUBT : 0);
    this.#sum = Math.max(0, this.#sum - FADE);
  }

  /** What was heard is settled. */
  clear(): void {
    this.#sum = 0;
  }

  get #needed(): number {
    return ACCEPTED + Math.min(MOST_DOUBT, DOUBT_PER_SHARE * this.#noise);
  }

  #doubt(noise: number): void {
    this.#noise += (noise - this.#noise) / DOUBT_FRAMES;
  }
}
