import type { ServerMessage } from '../server-message.js';
import { type StreamTrace, seenOf } from './observation.js';

const BYTES_PER_MS = 8;
/** A hole of so many milliseconds does not end what is being said. */
const HOLE_MS = 200;

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

/** Audio that is heard as one: from its first sound to its last, or to the `clear` that cut it off. */
export interface Spell {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the server can be heard, played as Twilio does: in order, at 8 bytes a millisecond. */
export function spellsOn(trace: StreamTrace): Spell[] {
  const spells: { fromMs: number; toMs: number }[] = [];
  let cleared = true;
  for (const { atMs, message } of saidOn(trace)) {
    const last = spells.at(-1);
    if (message.event === 'clear') {
      if (last) last.toMs = Math.min(last.toMs, atMs);
      cleared = true;
    }
    if (message.event !== 'media') continue;
    const ms = message.audio.length / BYTES_PER_MS;
    const goesOn = last && !cleared && atMs <= last.toMs + HOLE_MS;
    if (goesOn) last.toMs = Math.max(last.toMs, atMs) + ms;
    else spells.push({ fromMs: atMs, toMs: atMs + ms });
    cleared = false;
  }
  return spells;
}

/** The most audio that ever waited to be played, and when. */
export function longestQueue(trace: StreamTrace): { readonly ms: number; readonly atMs: number } {
  let endsAt = 0;
  let longest = { ms: 0, atMs: 0 };
  for (const { atMs, message } of saidOn(trace)) {
    if (message.event === 'clear') endsAt = atMs;
    if (message.event !== 'media') continue;
    endsAt = Math.max(endsAt, atMs) + message.audio.length / BYTES_PER_MS;
    if (endsAt - atMs > longest.ms) longest = { ms: endsAt - atMs, atMs };
  }
  return longest;
}

/** From `start` to the first audio, in milliseconds; `null` when none came. */
export function firstAudioMs(trace: StreamTrace): number | null {
  const start = trace.seen.find((each) => each.kind === 'did' && each.act === 'start');
  const audio = saidOn(trace).find(({ message }) => message.event === 'media');
  return start && audio ? audio.atMs - start.atMs : null;
}
