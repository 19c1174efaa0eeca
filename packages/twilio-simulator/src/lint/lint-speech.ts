import { fileURLToPath } from 'node:url';
import { decode, FRAME_BYTES } from '../audio/mulaw.js';
import { readCallerVoice } from '../caller-recording.js';

const DEFAULT_CLIP = new URL('../../audio/caller.wav', import.meta.url);
/** A sample so loud belongs to speech, on a clip of usual level. */
const SPEECH_LEVEL = 1000;

/** What the caller says, mu-law, without the silence before its first word. Throws `BAD_REQUEST` with a sentence. */
export function lintSpeech(wav: string | null): Buffer {
  const voice = readCallerVoice(wav ?? fileURLToPath(DEFAULT_CLIP));
  const loud = decode(voice).findIndex((sample) => Math.abs(sample) >= SPEECH_LEVEL);
  return voice.subarray(Math.max(0, loud - (loud % FRAME_BYTES)));
}
