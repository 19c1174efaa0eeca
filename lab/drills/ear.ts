import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import { decode } from '../../src/audio/mulaw.js';

/** A time in which the caller hears nothing and says nothing (ms since the first ring). */
export interface Silence {
  readonly atMs: number;
  readonly ms: number;
  /** Who ends it; `nobody`: the call's end does. */
  readonly endedBy: 'agent' | 'caller' | 'nobody';
}

const FRAME_BYTES = 160;
const FRAME_MS = 20;
/** The root of the mean square of a frame that is heard: -46 dB of full scale. */
const AUDIBLE = 160;

/**
 * The silences at the caller's ear from the first stream's start to the last one's end, by what was played to it. Speech has holes: shorter
 * ones than `leastMs` are none.
 */
export function silencesOf(record: CallRecord, leastMs = 400): Silence[] {
  const [start] = record.of('stream-started');
  const end = record.of('stream-ended').at(-1);
  if (!start) return [];
  const [heard, said] = [record.heardAudio(), record.callerAudio()];
  const until = Math.min(heard.length, Math.floor((end?.at ?? record.durationMs) / FRAME_MS) * FRAME_BYTES);
  const silences: Silence[] = [];
  let quietFrom = start.at;
  const close = (atMs: number, endedBy: Silence['endedBy']) => {
    if (atMs - quietFrom >= leastMs) silences.push({ atMs: quietFrom, ms: atMs - quietFrom, endedBy });
    quietFrom = atMs + FRAME_MS;
  };
  for (let at = Math.ceil(start.at / FRAME_MS) * FRAME_BYTES; at < until; at += FRAME_BYTES) {
    const atMs = (at / FRAME_BYTES) * FRAME_MS;
    if (isAudible(heard, at)) close(atMs, 'agent');
    else if (isAudible(said, at)) close(atMs, 'caller');
  }
  close((until / FRAME_BYTES) * FRAME_MS, 'nobody');
  return silences;
}

/**
 * The longest silence in which the agent was expected to speak: each that it ends itself, for callers who always answer at once. What is behind the last
 * words of all counts when `untilEnd` says so.
 */
export function longestWaitMs(record: CallRecord, untilEnd: boolean): number {
  const owed = silencesOf(record).filter(
    ({ endedBy }) => endedBy === 'agent' || (untilEnd && endedBy === 'nobody'),
  );
  return Math.max(0, ...owed.map(({ ms }) => ms));
}

function isAudible(audio: Buffer, at: number): boolean {
  const samples = decode(audio.subarray(at, at + FRAME_BYTES));
  const sum = samples.reduce((total, sample) => total + sample * sample, 0);
  return Math.sqrt(sum / FRAME_BYTES) > AUDIBLE;
}
