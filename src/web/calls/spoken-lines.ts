import type { FinishedCall, Turn } from '../shell/answers.js';

/** One line of a transcript. */
export interface SpokenLine {
  readonly role: string;
  readonly timestamp: string;
  /** What the caller heard, or said. */
  readonly heard: string;
  /** What the agent would have gone on to say; empty when nothing was cut. */
  readonly unheard: string;
}

/** What was said in a call, with what the caller cut off. */
export function spokenLines({ transcript, full_transcript }: FinishedCall): readonly SpokenLine[] {
  const heardAt = new Map(transcript.map((turn) => [keyOf(turn), turn.content]));
  return (full_transcript ?? transcript).map((turn) => {
    const heard = heardAt.get(keyOf(turn)) ?? '';
    const kept = sharedStart(turn.content, heard);
    return {
      role: turn.role,
      timestamp: turn.timestamp,
      heard: turn.content.slice(0, kept).trim(),
      unheard: turn.content.slice(kept).trim(),
    };
  });
}

function keyOf({ role, timestamp }: Turn): string {
  return `${role} ${timestamp}`;
}

/** How many characters both begin with. */
function sharedStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  for (let at = 0; at < most; at += 1) if (one[at] !== other[at]) return at;
  return most;
}
