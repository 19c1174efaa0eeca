import type { RecordedNote, Recording } from '../recording/recording.js';
import { callDifferences, type Difference } from './call-differences.js';
import type { ReplayedFixture, ReplayFault } from './replayed-fixture.js';

/** What is wrong with a replayed call, as lines of text; `[]`: nothing. */
export function replayVerdict(
  then: readonly Recording[],
  replayed: ReplayedFixture,
  fault: ReplayFault | null,
): string[] {
  const broken = brokenInvariants(then, replayed);
  if (fault !== null && fault !== 'redis-down') return broken;
  // A stopped store costs a caller nothing: the call goes as if it were there. Only its row may be written later.
  const differences = callDifferences(then, replayed.streams, { times: fault === null });
  return [...broken, ...differences.flatMap(differenceText)];
}

/** Whether a replay may stand for its recording from now on: nothing went wrong in it, and each stream is there. What differs may. */
export function mayBeKept(then: readonly Recording[], replayed: ReplayedFixture): boolean {
  return replayed.streams.length === then.length && brokenInvariants(then, replayed).length === 0;
}

/** What must hold whatever happens to a stream. */
function brokenInvariants(then: readonly Recording[], replayed: ReplayedFixture): string[] {
  const { streams, faults, storedSessions, liveCalls } = replayed;
  const [bookedThen, booked] = [bookingsOf(then), bookingsOf(streams)];
  const rows = streams.flatMap(({ lines }) => lines.filter((line) => 'row' in line)).length;
  return [
    ...faults,
    ...(storedSessions === 0 ? [] : [`${storedSessions} session left in the store after the call`]),
    ...(liveCalls === 0 ? [] : [`${liveCalls} call still live after the call`]),
    ...(rows <= 1 ? [] : [`the call is ${rows} times in the call log`]),
    ...(startedIn(streams) && rows === 0 ? ['the call is not in the call log'] : []),
    ...(booked.size <= Math.max(1, bookedThen.size)
      ? []
      : [`${booked.size} appointments booked, ${bookedThen.size} when it was recorded`]),
  ];
}

function startedIn(streams: readonly Recording[]): boolean {
  return streams.some(({ lines }) => lines.some((line) => 'note' in line && line.note === 'session'));
}

/** The bookings that were made, each time and service once: asking again for the same gives the same. */
function bookingsOf(streams: readonly Recording[]): ReadonlySet<string> {
  const notes = streams.flatMap(({ lines }) => lines.flatMap((line) => ('note' in line ? [line] : [])));
  return new Set(notes.filter(isBooking).map((note) => JSON.stringify(note.with)));
}

function isBooking(note: RecordedNote): note is RecordedNote & { readonly note: 'asked' } {
  if (note.note !== 'asked' || note.what !== 'book') return false;
  const { gave } = note;
  return typeof gave === 'object' && gave !== null && 'status' in gave && gave.status === 'booked';
}

/** A difference as three lines: where it is, what was, what is. */
export function differenceText({ stream, kind, number, atMs, was, is }: Difference): string[] {
  const what = kind === 'time' ? `line ${number} that went out or was noted` : `${kind} ${number}`;
  const [then, now] = contrasted(was ?? 'nothing', is ?? 'nothing');
  return [`stream ${stream}, ${what}, at ${(atMs / 1000).toFixed(3)} s`, `  then: ${then}`, `  now:  ${now}`];
}

/** So much of what two texts have in common is left on either side of what they have not. */
const CONTEXT = 60;

function contrasted(a: string, b: string): [string, string] {
  const shorter = Math.min(a.length, b.length);
  let [head, tail] = [0, 0];
  while (head < shorter && a[head] === b[head]) head += 1;
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const cut = (text: string) => {
    const [from, to] = [Math.max(0, head - CONTEXT), Math.min(text.length, text.length - tail + CONTEXT)];
    return `${from > 0 ? '…' : ''}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  };
  return [cut(a), cut(b)];
}
