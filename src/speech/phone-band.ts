import { SAMPLE_RATE } from '../audio/mulaw.js';
import { encode, padToFrames } from '../audio/mulaw-buffer.js';

const SOURCE_RATE = 2 * SAMPLE_RATE;
/** Taps of the one filter that equalises and keeps the 8 kHz result free of aliases. */
const TAPS = 319;
const HALF = (TAPS - 1) / 2;

// Gain by frequency, linear in dB between the corners: below 200 Hz telephones carry only rumble; above 2.5 kHz lie the
// consonants, which a voice made for 16 kHz says too softly for the line; at 4 kHz the new rate's band ends.
const CURVE: readonly (readonly [hertz: number, decibels: number])[] = [
  [0, -80],
  [150, -80],
  [230, 0],
  [2000, 0],
  [2700, 8],
  [3650, 8],
  [3900, -80],
  [SOURCE_RATE / 2, -80],
];

const ACTIVE_LEVEL_DBFS = -19;
const PEAK_LIMIT_DBFS = -2;
const BLOCK = 80;
/** Blocks (10 ms) that lie further below the loudest one are pauses, not speech. */
const ACTIVE_RANGE_DB = 30;
/** Quieter still: nothing of a consonant's onset is left. */
const SILENT_RANGE_DB = 42;
const PAUSE_BEFORE = (SAMPLE_RATE * 40) / 1000;
const PAUSE_AFTER = (SAMPLE_RATE * 240) / 1000;
const FADE = (SAMPLE_RATE * 10) / 1000;

const FILTER = designFilter();

/** Mu-law at 8 kHz in whole 20 ms frames, and how much of the speech's beginning was left out as silence. */
interface PhoneAudio {
  readonly audio: Buffer;
  readonly skippedMs: number;
}

/**
 * Speech at 16 kHz as a telephone should be given it: mu-law at 8 kHz in whole 20 ms frames, equalised for the phone band,
 * at -19 dBFS while speaking (less where peaks would pass -2 dBFS), with a short pause at both ends. Empty when silent.
 */
export function toPhone(speech: Int16Array): PhoneAudio {
  const filtered = halveRate(speech);
  const powers = blockPowers(filtered);
  const loudest = Math.max(0, ...powers);
  if (loudest === 0) return { audio: Buffer.alloc(0), skippedMs: 0 };
  const gain = speechGain(filtered, powers, loudest);
  const { start, end } = audiblePart(powers, loudest);
  const samples = fadeEnds(filtered.slice(start, end)).map((sample) => Math.round(sample * gain));
  return { audio: padToFrames(encode(new Int16Array(samples))), skippedMs: start / (SAMPLE_RATE / 1000) };
}

function speechGain(samples: Float64Array, powers: readonly number[], loudest: number): number {
  const active = powers.filter((power) => power > loudest * 10 ** (-ACTIVE_RANGE_DB / 10));
  const level = Math.sqrt(active.reduce((sum, power) => sum + power, 0) / active.length);
  const peak = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0);
  return Math.min(fullScale(ACTIVE_LEVEL_DBFS) / level, fullScale(PEAK_LIMIT_DBFS) / peak);
}

function audiblePart(powers: readonly number[], loudest: number): { start: number; end: number } {
  const audible = (power: number) => power > loudest * 10 ** (-SILENT_RANGE_DB / 10);
  const start = powers.findIndex(audible) * BLOCK - PAUSE_BEFORE;
  const end = (powers.findLastIndex(audible) + 1) * BLOCK + PAUSE_AFTER;
  return { start: Math.max(0, start), end };
}

function fadeEnds(samples: Float64Array): Float64Array {
  const { length } = samples;
  return samples.map((sample, i) => sample * Math.min(1, i / FADE, (length - 1 - i) / FADE));
}

function blockPowers(samples: Float64Array): number[] {
  return Array.from({ length: Math.ceil(samples.length / BLOCK) }, (_, block) => {
    const part = samples.subarray(block * BLOCK, (block + 1) * BLOCK);
    return part.reduce((sum, sample) => sum + sample * sample, 0) / part.length;
  });
}

/** Filters and keeps every second sample; only those are computed. */
function halveRate(speech: Int16Array): Float64Array {
  const padded = new Float64Array(speech.length + 2 * HALF);
  padded.set(speech, HALF);
  const halved = new Float64Array(Math.ceil(speech.length / 2));
  for (let i = 0; i < halved.length; i++) halved[i] = filterAt(padded, 2 * i);
  return halved;
}

function filterAt(samples: Float64Array, start: number): number {
  let sum = (samples[start + HALF] ?? 0) * (FILTER[HALF] ?? 0);
  for (let tap = 0; tap < HALF; tap++) {
    const pair = (samples[start + tap] ?? 0) + (samples[start + TAPS - 1 - tap] ?? 0);
    sum += pair * (FILTER[tap] ?? 0);
  }
  return sum;
}

/** Linear phase: the curve's inverse transform, with a Blackman window against ripple. */
function designFilter(): Float64Array {
  const bins = 4096;
  const gains = Array.from({ length: bins }, (_, bin) => gainAt((bin * SOURCE_RATE) / 2 / bins));
  return Float64Array.from({ length: TAPS }, (_, tap) => {
    const step = (Math.PI * (tap - HALF)) / bins;
    const sum = gains.reduce(
      (total, gain, bin) => total + (bin === 0 ? gain / 2 : gain) * Math.cos(step * bin),
      0,
    );
    const angle = (2 * Math.PI * tap) / (TAPS - 1);
    return (sum / bins) * (0.42 - 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle));
  });
}

function gainAt(hertz: number): number {
  const next = Math.max(
    1,
    CURVE.findIndex(([corner]) => corner > hertz),
  );
  const [fromHertz, from] = CURVE[next - 1] ?? [0, 0];
  const [toHertz, to] = CURVE[next] ?? [SOURCE_RATE / 2, 0];
  return 10 ** ((from + ((to - from) * (hertz - fromHertz)) / (toHertz - fromHertz)) / 20);
}

function fullScale(decibels: number): number {
  return 32768 * 10 ** (decibels / 20);
}
