import { FRAME_BYTES, MULAW_BYTES, SILENCE } from './mulaw.js';

/** 16-bit samples as mu-law bytes, one for each sample. */
export function encode(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = MULAW_BYTES[(samples[i] ?? 0) & 0xffff] ?? SILENCE;
  return bytes;
}

/** The same audio, lengthened with silence to whole 20 ms frames; the very same buffer when it already is. */
export function padToFrames(audio: Buffer): Buffer {
  const missing = (FRAME_BYTES - (audio.length % FRAME_BYTES)) % FRAME_BYTES;
  return missing === 0 ? audio : Buffer.concat([audio, Buffer.alloc(missing, SILENCE)]);
}
