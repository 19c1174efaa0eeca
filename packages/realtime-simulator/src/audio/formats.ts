import { MULAW_BYTES_PER_MS, MULAW_SAMPLES, MULAW_SILENCE } from './mulaw.js';

/** The formats that this server plays and hears: mu-law at 8 kHz, and 16-bit PCM (little endian) at 24 kHz. */
export type AudioType = 'audio/pcmu' | 'audio/pcm';

/** 24 kHz, two bytes a sample. */
const PCM_BYTES_PER_MS = 48;
const PCM_SAMPLES_PER_MULAW_BYTE = 3;
const TAPS = 31;

export function bytesPerMs(type: AudioType): number {
  return type === 'audio/pcmu' ? MULAW_BYTES_PER_MS : PCM_BYTES_PER_MS;
}

/** Mu-law at 8 kHz in the format of a session. */
export function fromMulaw(audio: Uint8Array, type: AudioType): Buffer {
  if (type === 'audio/pcmu') return Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength);
  const pcm = Buffer.allocUnsafe(audio.length * PCM_SAMPLES_PER_MULAW_BYTE * 2);
  for (let at = 0; at < audio.length * PCM_SAMPLES_PER_MULAW_BYTE; at++)
    pcm.writeInt16LE(interpolated(audio, at), at * 2);
  return pcm;
}

/** The level of audio, full scale being 1: the root of its mean square. 0 when there is none. */
export function levelOf(audio: Uint8Array, type: AudioType): number {
  const sampleBytes = type === 'audio/pcmu' ? 1 : 2;
  const samples = Math.floor(audio.length / sampleBytes);
  let sum = 0;
  for (let at = 0; at < samples; at++) {
    const sample =
      (type === 'audio/pcmu' ? MULAW_SAMPLES[audio[at] ?? MULAW_SILENCE] : pcmAt(audio, at)) ?? 0;
    sum += sample * sample;
  }
  return samples === 0 ? 0 : Math.sqrt(sum / samples) / 32768;
}

function pcmAt(audio: Uint8Array, index: number): number {
  const unsigned = (audio[index * 2] ?? 0) | ((audio[index * 2 + 1] ?? 0) << 8);
  return unsigned > 32767 ? unsigned - 65536 : unsigned;
}

/** A windowed low-pass at 4 kHz, its gain 3: two of three samples that it runs over are the zeros between those of 8 kHz. */
const LOW_PASS = Float64Array.from({ length: TAPS }, (_, tap) => {
  const x = (tap - (TAPS - 1) / 2) / PCM_SAMPLES_PER_MULAW_BYTE;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * tap) / (TAPS - 1)));
});

function interpolated(audio: Uint8Array, at: number): number {
  let sum = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const source = at + tap - (TAPS - 1) / 2;
    if (source < 0 || source % PCM_SAMPLES_PER_MULAW_BYTE !== 0) continue;
    const byte = audio[source / PCM_SAMPLES_PER_MULAW_BYTE];
    if (byte !== undefined) sum += (MULAW_SAMPLES[byte] ?? 0) * (LOW_PASS[tap] ?? 0);
  }
  return Math.max(-32768, Math.min(32767, Math.round(sum)));
}
