import { decode } from '../../src/audio/mulaw.js';
import { add, decibels, lowPass, type Samples } from './noise-samples.js';
import { toSamples } from './voice-clips.js';
import { type Frames, lineNoise, toFrames } from './voice-scene.js';

const DELAYS_MS = [60, 130, 200, 350, 500];
const PIECE_SECONDS = 120;

/** The agent's own words on their way back, `lossDb` softer, after each of five delays; ten minutes in all. */
export function* echoScenes(prompt: Buffer, lossDb: number, seed: number): Generator<Frames> {
  for (const [n, delayMs] of DELAYS_MS.entries()) {
    const from = ((seed + n) * 12_345) % prompt.length;
    const turned = Buffer.concat([prompt.subarray(from), prompt.subarray(0, from)]);
    const played = toSamples(decode(turned));
    const caller = lineNoise(PIECE_SECONDS, seed + n);
    const echo = n % 2 === 0 ? played : colored(played);
    for (let at = delayMs * 8; at < caller.length; at += echo.length)
      add(caller, echo, at, decibels(-lossDb));
    yield toFrames({ caller, prompt: turned });
  }
}

/** A small loudspeaker and a case around it, as loud as before: less below 500 Hz, and a reflection 9 ms later. */
function colored(sound: Samples): Samples {
  const low = lowPass(sound, 500);
  const thin = sound.map((sample, i) => sample - 0.6 * (low[i] ?? 0));
  const room = thin.slice();
  add(room, thin, 72, 0.4);
  const gain = Math.sqrt(energy(sound) / energy(room));
  return room.map((sample) => sample * gain);
}

function energy(samples: Samples): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 1e-12);
}
