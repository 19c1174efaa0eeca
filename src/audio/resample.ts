import { encode, MULAW_LEVELS, SILENCE } from './mulaw.js';

/** Samples at 24 kHz for each at 8 kHz. */
const RATIO = 3;
const PCM_BYTES = 2;
/** Bytes of 16-bit PCM at 24 kHz for one byte of mu-law at 8 kHz. */
export const PCM24_BYTES_PER_MULAW_BYTE = RATIO * PCM_BYTES;

// An equiripple low-pass at 24 kHz, its second half being the first in reverse: within 0.35 dB up to 3.35 kHz (0.55 dB below at 3.4 kHz,
// where telephone speech ends), and below -40 dB from 4.65 kHz on, where its images are. Made with Parks and McClellan's algorithm.
const HALF = [
  0.007106, 0.014956, 0.008415, -0.002788, -0.017749, -0.015454, 0.004781, 0.029278, 0.029321, -0.005792,
  -0.052907, -0.061473, 0.006356, 0.138897, 0.271287, 0.326785,
];
const TAPS = Float64Array.from([...HALF, ...HALF.slice(0, -1).reverse()]);
/** For each of the three places between two samples, the taps that meet a sample there; the others meet zeros. */
const PHASES = Array.from({ length: RATIO }, (_, phase) =>
  TAPS.filter((_, tap) => tap % RATIO === phase).map((tap) => tap * RATIO),
);
const LONGEST_PHASE = Math.max(...PHASES.map(({ length }) => length));
const FULL_SCALE = 32768;
const LARGEST = 32767;

/** Mu-law at 8 kHz, piece by piece, as 16-bit PCM (little endian) at 24 kHz. */
export class MulawToPcm24 {
  /** The last samples, oldest first; the newest come behind them. */
  #samples = new Float64Array(LONGEST_PHASE - 1);

  /** Writes into `into`, which must hold six bytes for each of `mulaw`; returns how many were written. */
  convert(mulaw: Uint8Array, into: Buffer): number {
    const past = LONGEST_PHASE - 1;
    const samples = this.#room(past + mulaw.length);
    for (let i = 0; i < mulaw.length; i++) samples[past + i] = MULAW_LEVELS[mulaw[i] ?? SILENCE] ?? 0;
    let at = 0;
    for (let i = past; i < past + mulaw.length; i++) {
      for (const phase of PHASES) {
        let sum = 0;
        for (let tap = 0; tap < phase.length; tap++) sum += (phase[tap] ?? 0) * (samples[i - tap] ?? 0);
        into.writeInt16LE(toSample(sum), at);
        at += PCM_BYTES;
      }
    }
    samples.copyWithin(0, mulaw.length, mulaw.length + past);
    return at;
  }

  #room(length: number): Float64Array {
    if (this.#samples.length >= length) return this.#samples;
    const larger = new Float64Array(length);
    larger.set(this.#samples.subarray(0, LONGEST_PHASE - 1));
    this.#samples = larger;
    return larger;
  }
}

/** 16-bit PCM (little endian) at 24 kHz, cut anywhere into pieces, as mu-law at 8 kHz. */
export class Pcm24ToMulaw {
  readonly #past = new Float64Array(TAPS.length);
  /** Where the next sample goes in `#past`, a ring. */
  #at = 0;
  /** Samples until the next one that is kept. */
  #skip = 0;
  /** The first byte of a sample whose second has not come. */
  #half: number | null = null;

  /** Empty when the piece has not even three samples. */
  convert(pcm: Uint8Array): Buffer {
    const mulaw = new Int16Array(Math.floor((pcm.length + 1) / PCM24_BYTES_PER_MULAW_BYTE) + 1);
    let [count, from] = [0, 0];
    if (this.#half !== null && pcm.length > 0) {
      if (this.#take(this.#half, pcm[0] ?? 0)) mulaw[count++] = this.#filtered();
      from = 1;
    }
    const end = from + Math.floor((pcm.length - from) / PCM_BYTES) * PCM_BYTES;
    for (let i = from; i < end; i += PCM_BYTES)
      if (this.#take(pcm[i] ?? 0, pcm[i + 1] ?? 0)) mulaw[count++] = this.#filtered();
    if (pcm.length > 0) this.#half = end < pcm.length ? (pcm[end] ?? 0) : null;
    return encode(mulaw.subarray(0, count));
  }

  /** What comes now has nothing to do with what was before. */
  reset(): void {
    this.#past.fill(0);
    this.#skip = 0;
    this.#half = null;
  }

  /** True when a sample of 8 kHz is due. */
  #take(low: number, high: number): boolean {
    this.#past[this.#at] = ((low | (high << 8)) << 16) >> 16;
    this.#at = (this.#at + 1) % TAPS.length;
    this.#skip = (this.#skip + RATIO - 1) % RATIO;
    return this.#skip === RATIO - 1;
  }

  #filtered(): number {
    let sum = 0;
    for (let tap = 0, i = this.#at; tap < TAPS.length; tap++) {
      sum += (TAPS[tap] ?? 0) * (this.#past[i] ?? 0);
      i = i + 1 === TAPS.length ? 0 : i + 1;
    }
    return toSample(sum / FULL_SCALE);
  }
}

function toSample(level: number): number {
  return Math.max(-FULL_SCALE, Math.min(LARGEST, Math.round(level * FULL_SCALE)));
}
