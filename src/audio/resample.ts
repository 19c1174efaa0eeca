import { MULAW_LEVELS, SILENCE } from './mulaw.js';
import { encode } from './mulaw-buffer.js';

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
/** So many samples before one have a part in it. */
const PAST = TAPS.length - 1;
/** Taps that meet a sample at 8 kHz; the others meet the zeros between two. */
const LONGEST_PHASE = Math.ceil(TAPS.length / RATIO);
/** For each of the three places between two samples, its taps in a row. */
const PHASES = Float64Array.from({ length: RATIO * LONGEST_PHASE }, (_, i) => {
  const [place, tap] = [Math.floor(i / LONGEST_PHASE), i % LONGEST_PHASE];
  return RATIO * (TAPS[tap * RATIO + place] ?? 0);
});
const FULL_SCALE = 32768;
const LARGEST = 32767;

/** Mu-law at 8 kHz, piece by piece, as 16-bit PCM (little endian) at 24 kHz. */
export class MulawToPcm24 {
  /** The last samples, oldest first; the newest come behind them. */
  #samples: Float64Array = new Float64Array(LONGEST_PHASE - 1);

  /** Writes into `into`, which must hold six bytes for each of `mulaw`; returns how many were written. */
  convert(mulaw: Uint8Array, into: Buffer): number {
    const past = LONGEST_PHASE - 1;
    const samples = this.#room(past + mulaw.length);
    for (let i = 0; i < mulaw.length; i++) samples[past + i] = MULAW_LEVELS[mulaw[i] ?? SILENCE] ?? 0;
    let at = 0;
    for (let i = past; i < past + mulaw.length; i++) {
      for (let place = 0; place < RATIO; place++) {
        let sum = 0;
        for (let tap = 0; tap < LONGEST_PHASE; tap++)
          sum += (PHASES[place * LONGEST_PHASE + tap] ?? 0) * (samples[i - tap] ?? 0);
        const sample = toSample(sum);
        into[at++] = sample & 0xff;
        into[at++] = sample >> 8;
      }
    }
    samples.copyWithin(0, mulaw.length, mulaw.length + past);
    return at;
  }

  #room(length: number): Float64Array {
    if (this.#samples.length < length) this.#samples = enlarged(this.#samples, LONGEST_PHASE - 1, length);
    return this.#samples;
  }
}

/** 16-bit PCM (little endian) at 24 kHz, cut anywhere into pieces, as mu-law at 8 kHz. */
export class Pcm24ToMulaw {
  /** The last samples, oldest first; the newest come behind them. */
  #samples: Float64Array = new Float64Array(PAST);
  /** Samples until the next one that is kept. */
  #skip = 0;
  /** The first byte of a sample whose second has not come. */
  #half: number | null = null;

  /** Empty when the piece has not even three samples. */
  convert(pcm: Uint8Array): Buffer {
    const end = PAST + this.#read(pcm);
    const samples = this.#samples;
    const kept = new Int16Array(Math.ceil((end - PAST) / RATIO));
    let count = 0;
    let at = PAST + this.#skip;
    for (; at < end; at += RATIO) {
      let sum = 0;
      for (let tap = 0; tap <= PAST; tap++) sum += (TAPS[tap] ?? 0) * (samples[at - tap] ?? 0);
      kept[count++] = toSample(sum);
    }
    this.#skip = at - end;
    samples.copyWithin(0, end - PAST, end);
    return encode(kept.subarray(0, count));
  }

  /** What comes now has nothing to do with what was before. */
  reset(): void {
    this.#samples.fill(0);
    this.#skip = 0;
    this.#half = null;
  }

  /** Puts whole samples behind those of before; returns how many. */
  #read(pcm: Uint8Array): number {
    const samples = this.#room(PAST + Math.ceil((pcm.length + 1) / PCM_BYTES));
    let at = PAST;
    let from = 0;
    if (this.#half !== null && pcm.length > 0) {
      samples[at++] = levelOf(this.#half, pcm[0] ?? 0);
      this.#half = null;
      from = 1;
    }
    for (; from + 1 < pcm.length; from += PCM_BYTES)
      samples[at++] = levelOf(pcm[from] ?? 0, pcm[from + 1] ?? 0);
    if (from < pcm.length) this.#half = pcm[from] ?? 0;
    return at - PAST;
  }

  #room(length: number): Float64Array {
    if (this.#samples.length < length) this.#samples = enlarged(this.#samples, PAST, length);
    return this.#samples;
  }
}

function levelOf(low: number, high: number): number {
  return (((low | (high << 8)) << 16) >> 16) / FULL_SCALE;
}

/** A larger array that begins with the first `kept` of this one. */
function enlarged(samples: Float64Array, kept: number, length: number): Float64Array {
  const larger = new Float64Array(length);
  larger.set(samples.subarray(0, kept));
  return larger;
}

function toSample(level: number): number {
  return Math.max(-FULL_SCALE, Math.min(LARGEST, Math.round(level * FULL_SCALE)));
}
