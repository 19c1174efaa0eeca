import type { StreamEvent } from './stream-events.js';

/** What the detector took for speech, from its onset on, on the recording's clock. */
export interface FoundSpeech {
  /** `candidate`: it was neither accepted nor rejected. */
  readonly verdict: 'candidate' | 'accepted' | 'rejected';
  readonly fromMs: number;
  readonly toMs: number;
  /** When the verdict came. */
  readonly decidedMs: number;
}

/** `shiftMs`: media time plus this is the recording's time. Speech that goes on when the stream ends lasts until `endMs`. */
export function speechOf(events: readonly StreamEvent[], shiftMs: number, endMs: number): FoundSpeech[] {
  const found: FoundSpeech[] = [];
  let open: FoundSpeech | null = null;
  for (const { atMs, ...event } of events) {
    if (event.kind !== 'note' || event.note.note !== 'speech') continue;
    const { what, at_ms } = event.note;
    const placedMs = at_ms + shiftMs;
    if (what === 'ended' || what === 'rejected') {
      if (open) found.push(closed(open, what, placedMs, atMs));
      open = null;
    } else {
      // A candidate that becomes speech is one thing with it.
      if (open && what === 'candidate') found.push({ ...open, toMs: placedMs });
      open = { verdict: what, fromMs: placedMs, toMs: endMs, decidedMs: atMs };
    }
  }
  return open ? [...found, open] : found;
}

function closed(open: FoundSpeech, how: 'ended' | 'rejected', placedMs: number, atMs: number): FoundSpeech {
  if (how === 'ended') return { ...open, toMs: placedMs };
  return { ...open, verdict: 'rejected', toMs: atMs, decidedMs: atMs };
}
