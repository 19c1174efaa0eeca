import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from '../audio/mulaw.js';
import { SOUND_KINDS, type SoundKind } from './spoken-sounds.js';

/** Sounds are told apart every so many ms. */
export const HOP_MS = 10;
const HOP_BYTES = HOP_MS * BYTES_PER_MS;
const LEAST_POWER = 1e-8;
/** Levels are dB below that of the voice when it is loud, which is exceeded for the rest of the time. */
const LOUD = 0.9;
const SILENT_DB = -50;
/** Where nothing is louder, nobody speaks. */
const LEAST_LOUD_DB = -40;
/** Speech has hisses: so loud, so bright, and for such a share of its time. Tones have none. */
const HISS_DB = -35;
const HISS_BRIGHT = -0.3;
const LEAST_HISSES = 0.04;

/** What is usual of a kind of sound: its level in dB, how bright it is (see {@link brightnessOf}), and by how much either differs. */
interface Usual {
  readonly db: number;
  readonly dbOff: number;
  readonly bright: number;
  readonly brightOff: number;
}

// Learnt from three voices (Flite's rms, Festival's kal and slt) by this very alignment.
const USUAL: Readonly<Record<SoundKind, Usual>> = {
  vowel: { db: -3.5, dbOff: 4.6, bright: -0.66, brightOff: 0.27 },
  sonorant: { db: -7.3, dbOff: 5.7, bright: -1.1, brightOff: 0.32 },
  hiss: { db: -12, dbOff: 10, bright: 0.39, brightOff: 0.35 },
  breath: { db: -20, dbOff: 8, bright: -0.05, brightOff: 0.6 },
  stop: { db: -22, dbOff: 11.8, bright: -0.18, brightOff: 0.68 },
  pause: { db: -45, dbOff: 9, bright: -0.2, brightOff: 0.45 },
};
/** Any sound may be like any other. */
const ODD = 4e-4;
/** Neighbours are alike: what each says counts for less than it would alone. */
const WEIGHT = 0.6;

/** `likely`: how likely the sound of the first hop is under each of the `SOUND_KINDS`, then that of the second, and so on. */
export interface HeardSounds {
  readonly hops: number;
  readonly likely: Float32Array;
}

/** What kinds of sounds are in mu-law audio; null where it is no speech. */
export function hearSounds(audio: Uint8Array): HeardSounds | null {
  const { levels, brights } = shapeOf(audio);
  if (!isSpeech(levels, brights)) return null;
  const likely = new Float32Array(levels.length * SOUND_KINDS.length);
  for (const [n, kind] of SOUND_KINDS.entries())
    for (let i = 0; i < levels.length; i++)
      likely[i * SOUND_KINDS.length + n] = likelihood(USUAL[kind], levels[i] ?? 0, brights[i] ?? 0);
  return { hops: levels.length, likely };
}

function shapeOf(audio: Uint8Array): { levels: Float32Array; brights: Float32Array } {
  const hops = Math.floor(audio.length / HOP_BYTES);
  const powers = new Float32Array(hops);
  const steps = new Float32Array(hops);
  let before = 0;
  for (let hop = 0; hop < hops; hop++) {
    let [power, step] = [0, 0];
    for (let at = hop * HOP_BYTES; at < (hop + 1) * HOP_BYTES; at++) {
      const value = MULAW_LEVELS[audio[at] ?? SILENCE] ?? 0;
      power += value * value;
      step += (value - before) * (value - before);
      before = value;
    }
    powers[hop] = power / HOP_BYTES;
    steps[hop] = step / HOP_BYTES;
  }
  const smooth = [powers, steps].map((of) => of.map((_, i) => smoothed(of, i) + LEAST_POWER));
  const [power = powers, step = steps] = smooth;
  const levels = power.map((each) => 10 * Math.log10(each));
  const loud = Math.max(LEAST_LOUD_DB, levels.toSorted()[Math.floor(levels.length * LOUD)] ?? 0);
  const brights = step.map((each, i) => brightnessOf(each, power[i] ?? 1));
  return { levels: levels.map((level) => Math.max(SILENT_DB, level - loud)), brights };
}

// So that the pitch of a low voice does not beat with the hops.
function smoothed(values: Float32Array, i: number): number {
  const own = values[i] ?? 0;
  return ((values[i - 1] ?? own) + 2 * own + (values[i + 1] ?? own)) / 4;
}

/** How much the signal changes from sample to sample, beside how much there is of it: a hiss much, a hum little. */
function brightnessOf(stepPower: number, power: number): number {
  return Math.log10(stepPower / power);
}

function isSpeech(levels: Float32Array, brights: Float32Array): boolean {
  let [sounds, hisses] = [0, 0];
  for (const [i, level] of levels.entries()) {
    if (level <= HISS_DB) continue;
    sounds += 1;
    if ((brights[i] ?? 0) > HISS_BRIGHT) hisses += 1;
  }
  return hisses > LEAST_HISSES * sounds;
}

function likelihood({ db, dbOff, bright, brightOff }: Usual, level: number, brightness: number): number {
  const off = ((level - db) / dbOff) ** 2 + ((brightness - bright) / brightOff) ** 2;
  return (Math.exp(-off / 2) / (dbOff * brightOff) + ODD) ** WEIGHT;
}
