/** Samples, and bytes, of one second of telephone audio. */
export const SAMPLE_RATE = 8000;
/** One byte a sample: 8 bytes are 1 ms. */
export const BYTES_PER_MS = 8;
/** Bytes of one 20 ms frame, the size Twilio sends. */
export const FRAME_BYTES = 160;
/** The byte that decodes to 0. */
export const SILENCE = 0xff;
/** The largest value that mu-law can carry; louder samples are clipped to it. */
export const PEAK = 32124;

// ITU-T G.711: 8 segments of 16 steps on magnitudes shifted up by a bias of 33 (14 bit), here 132 (16 bit).
const BIAS = 132;
const LARGEST_BIASED = 32767;

function decodeByte(byte: number): number {
  const inverted = ~byte & 0xff;
  const segment = (inverted >> 4) & 7;
  const magnitude = (((inverted & 15) << 3) + BIAS) << segment;
  return inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS;
}

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample) + BIAS, LARGEST_BIASED);
  const segment = 24 - Math.clz32(biased);
  const step = (biased >> (segment + 3)) & 15;
  return ~(sign | (segment << 4) | step) & 0xff;
}

const LINEAR = Int16Array.from({ length: 256 }, (_, byte) => decodeByte(byte));
/** The value of each mu-law byte; full scale is 1. */
export const MULAW_LEVELS = Float64Array.from(LINEAR, (sample) => sample / 32768);
/** The mu-law byte of each 16-bit sample, which stands at its value modulo 65536. */
export const MULAW_BYTES = Uint8Array.from({ length: 65536 }, (_, index) =>
  encodeSample((index << 16) >> 16),
);

/** Mu-law bytes as 16-bit samples, one for each byte. */
export function decode(frame: Uint8Array): Int16Array {
  const samples = new Int16Array(frame.length);
  for (let i = 0; i < frame.length; i++) samples[i] = LINEAR[frame[i] ?? SILENCE] ?? 0;
  return samples;
}
