import type { ServerMessage } from '../server-message.js';
import { type StreamTrace, seenOf } from './observation.js';
import { SpeechClock, type Spell } from './speech-clock.js';

export interface Said {
  readonly atMs: number;
  readonly message: ServerMessage;
}

/** What the server said in messages that can be read, in order. */
export function saidOn(trace: StreamTrace): Said[] {
  return seenOf(trace, 'message').flatMap(({ atMs, read }) =>
    read.message ? [{ atMs, message: read.message }] : [],
  );
}

/** When the server can be heard. */
export function spellsOn(trace: StreamTrace): readonly Spell[] {
  const clock = new SpeechClock();
  for (const { atMs, message } of saidOn(trace)) clock.take(message, atMs);
  return clock.spells;
}

/** The most audio that ever waited to be played, and when. */
export function longestQueue(trace: StreamTrace): { readonly ms: number; readonly atMs: number } {
  const clock = new SpeechClock();
  let longest = { ms: 0, atMs: 0 };
  for (const { atMs, message } of saidOn(trace)) {
    clock.take(message, atMs);
    const ms = clock.playedTo - atMs;
    if (ms > longest.ms) longest = { ms, atMs };
  }
  return longest;
}

/** From `start` to the first audio, in milliseconds; `null` when none came. */
export function firstAudioMs(trace: StreamTrace): number | null {
  const start = trace.seen.find((each) => each.kind === 'did' && each.act === 'start');
  const audio = saidOn(trace).find(({ message }) => message.event === 'media');
  return start && audio ? audio.atMs - start.atMs : null;
}
