/** Bytes of one millisecond of mu-law at 8 kHz. */
export const MULAW_BYTES_PER_MS = 8;
/** The mu-law byte that decodes to 0. */
export const MULAW_SILENCE = 0xff;

// ITU-T G.711: 8 segments of 16 steps on magnitudes shifted up by a bias of 33 (14 bit), here 132 (16 bit).
const BIAS = 132;
const LARGEST_BIASED = 32767;

/** The 16-bit sample of each mu-law byte. */
export const MULAW_SAMPLES = Int16Array.from({ length: 256 }, (_, byte) => {
  const inverted = ~byte & 0xff;
  const magnitude = (((inverted & 15) << 3) + BIAS) << ((inverted >> 4) & 7);
  return inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS;
});

/** A 16-bit sample as a mu-law byte. */
export function encodeMulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample) + BIAS, LARGEST_BIASED);
  const segment = 24 - Math.clz32(biased);
  return ~(sign | (segment << 4) | ((biased >> (segment + 3)) & 15)) & 0xff;
}
