import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from '../../src/audio/mulaw.js';

/** Mu-law that begins to sound `fromMs` after the stream was accepted, at 8 bytes a millisecond. */
export interface PlacedAudio {
  readonly fromMs: number;
  readonly audio: Buffer;
}

/** A stretch of sound without a hole. */
export interface AudioRun {
  readonly fromMs: number;
  readonly toMs: number;
  readonly pieces: number;
}

/** How loud it is in steps of the same length; full scale is 1. */
export interface Envelope {
  readonly peak: Float64Array;
  readonly rms: Float64Array;
}

/** A smaller hole is jitter. */
const HOLE_MS = 60;

export function endOf({ fromMs, audio }: PlacedAudio): number {
  return fromMs + audio.length / BYTES_PER_MS;
}

/** The stretches that pieces in order of time make up. */
export function runsOf(pieces: readonly PlacedAudio[]): AudioRun[] {
  const runs: AudioRun[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    const joined = last !== undefined && piece.fromMs - last.toMs < HOLE_MS;
    const fromMs = joined ? last.fromMs : piece.fromMs;
    if (joined) runs.pop();
    const toMs = Math.max(endOf(piece), joined ? last.toMs : 0);
    runs.push({ fromMs, toMs, pieces: joined ? last.pieces + 1 : 1 });
  }
  return runs;
}

/** The loudness of pieces from one moment to another; silent where there is none. */
export function envelopeOf(
  pieces: readonly PlacedAudio[],
  fromMs: number,
  toMs: number,
  stepMs: number,
): Envelope {
  const steps = Math.max(0, Math.ceil((toMs - fromMs) / stepMs));
  const [peak, rms] = [new Float64Array(steps), new Float64Array(steps)];
  for (const piece of pieces) {
    if (endOf(piece) > fromMs && piece.fromMs < toMs) addLevels(piece, { fromMs, stepMs, peak, rms });
  }
  const samples = stepMs * BYTES_PER_MS;
  for (let i = 0; i < steps; i++) rms[i] = Math.sqrt((rms[i] ?? 0) / samples);
  return { peak, rms };
}

function addLevels(
  { fromMs, audio }: PlacedAudio,
  into: { readonly fromMs: number; readonly stepMs: number } & Envelope,
): void {
  for (let i = 0; i < audio.length; i++) {
    const step = Math.floor((fromMs + i / BYTES_PER_MS - into.fromMs) / into.stepMs);
    if (step < 0 || step >= into.peak.length) continue;
    const level = Math.abs(MULAW_LEVELS[audio[i] ?? SILENCE] ?? 0);
    into.peak[step] = Math.max(into.peak[step] ?? 0, level);
    into.rms[step] = (into.rms[step] ?? 0) + level ** 2;
  }
}
