import { FRAME_BYTES } from '../audio/mulaw.js';

const ENOUGH_BYTES = 8000;
const VARIED = 32;
/** Of real speech in mu-law both halves hold the same share of quiet values, within a few hundredths. */
const PARITY_GAP = 0.4;
/** So many frames of nothing but the silence of another coding are a pause in that coding. */
const PAUSE_FRAMES = 10;

const SILENCES: readonly (readonly [coding: string, values: readonly number[]])[] = [
  ['A-law', [0x55, 0xd5]],
  ['8-bit linear PCM', [0x80]],
  ['16-bit linear PCM, or zeros in place of silence', [0x00]],
];

/**
 * Why this is likely no mu-law, as a sentence, or `null`. A guess: it looks for high bytes of 16-bit samples and for
 * pauses in another coding's silence. `null` also for less than a second of audio.
 */
export function unlikelyMuLaw(audio: Buffer): string | null {
  if (audio.length < ENOUGH_BYTES) return null;
  if (looksLikePcm16(audio))
    return 'Every second byte is near 0 or 255, as the high bytes of 16-bit linear PCM are';
  const silence = SILENCES.find(([, values]) => pauses(audio, new Set(values)) >= PAUSE_FRAMES);
  return silence ? `Its pauses are the silence of ${silence[0]}; in mu-law silence is 0xFF` : null;
}

function looksLikePcm16(audio: Buffer): boolean {
  if (new Set(audio).size < VARIED) return false;
  return Math.abs(quietShare(audio, 0) - quietShare(audio, 1)) > PARITY_GAP;
}

/** Of the even (0) or odd (1) bytes, how many are within 8 of 0 or 255. */
function quietShare(audio: Buffer, parity: 0 | 1): number {
  let quiet = 0;
  for (let i = parity; i < audio.length; i += 2) if ((((audio[i] ?? 0) + 8) & 0xff) < 16) quiet += 1;
  return quiet / (audio.length / 2);
}

function pauses(audio: Buffer, silence: ReadonlySet<number>): number {
  let frames = 0;
  for (let at = 0; at + FRAME_BYTES <= audio.length; at += FRAME_BYTES) {
    if (audio.subarray(at, at + FRAME_BYTES).every((byte) => silence.has(byte))) frames += 1;
  }
  return frames;
}
