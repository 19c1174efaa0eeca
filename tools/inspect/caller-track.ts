import { endOf, type PlacedAudio } from './placed-audio.js';
import type { StreamEvent } from './stream-events.js';

/** The caller's audio on the recording's clock. */
export interface CallerTrack {
  readonly pieces: readonly PlacedAudio[];
  /** Media time plus this is the recording's time. */
  readonly shiftMs: number;
}

/**
 * Puts each frame where its timestamp says, shifted by the shortest way that any frame had: a frame is whole when it comes, so
 * its end is where the fastest one came. Frames that a stalled network held up stand where they were spoken.
 */
export function callerTrack(events: readonly StreamEvent[]): CallerTrack {
  const frames = events.flatMap((event) => (event.kind === 'frame' ? [event] : []));
  const ways = frames.map(({ atMs, timestampMs, audio }) => atMs - endOf({ fromMs: timestampMs, audio }));
  const shiftMs = ways.reduce((least, way) => Math.min(least, way), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(shiftMs)) return { pieces: [], shiftMs: 0 };
  const pieces = frames.map(({ timestampMs, audio }) => ({ fromMs: timestampMs + shiftMs, audio }));
  return { pieces: pieces.sort((a, b) => a.fromMs - b.fromMs), shiftMs };
}
