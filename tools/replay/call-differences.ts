import type { Recording } from '../recording/recording.js';
import { PRINT_LENGTH } from '../recording/said-utterances.js';
import { type RecordedStep, recordedSteps, STEP_KINDS, type StepKind } from './recorded-steps.js';

/** One thing that is not as it was. */
export interface Difference {
  /** Counted from 1. */
  readonly stream: number;
  readonly kind: StepKind | 'time' | 'stream';
  /** Which of its kind, counted from 1. */
  readonly number: number;
  /** Milliseconds since the stream was accepted, as it is now where that is known. */
  readonly atMs: number;
  /** Null: there was, or is, nothing of the kind. */
  readonly was: string | null;
  readonly is: string | null;
}

/** Cut in real time, an utterance is a message or two longer or shorter. */
const REAL_TIME_TOLERANCE_MS = 250;

/**
 * Everything in which a replayed call is not as it was recorded, the earliest first; `[]`: nothing. `times`: where the recording's times are
 * exact and all else is the same, they must be too.
 */
export function callDifferences(
  then: readonly Recording[],
  now: readonly Recording[],
  { times } = { times: true },
): Difference[] {
  const streams = Math.max(then.length, now.length);
  // A gateway that was killed, or handed the call on, has written no row.
  const hasRow = then.some(({ lines }) => lines.some((line) => 'row' in line));
  const kinds = STEP_KINDS.filter((kind) => kind !== 'row' || hasRow);
  return Array.from({ length: streams }, (_, n) =>
    streamDifferences(n + 1, { kinds, times }, then[n], now[n]),
  ).flat();
}

interface Compared {
  readonly kinds: readonly StepKind[];
  readonly times: boolean;
}

function streamDifferences(
  stream: number,
  { kinds, times }: Compared,
  then?: Recording,
  now?: Recording,
): Difference[] {
  if (!then || !now) {
    const there = then ?? now;
    const what = there ? `stream ${stream} of the call` : null;
    const number = stream;
    return [{ stream, kind: 'stream', number, atMs: 0, was: then ? what : null, is: now ? what : null }];
  }
  const exact = then.header.clock === 'virtual';
  const [before, after] = [recordedSteps(then), recordedSteps(now)];
  const found = kinds
    // Where another gateway invited the stream, its TwiML is not known.
    .filter((kind) => kind !== 'invitation' || then.header.twiml !== null)
    // A gateway that was killed has noted no end.
    .filter((kind) => kind !== 'end' || ofKind(before, kind).length > 0)
    .flatMap((kind) => {
      const of = (steps: readonly RecordedStep[]) => ofKind(steps, kind);
      return kindDifferences(stream, kind, of(before), of(after), exact ? 0 : REAL_TIME_TOLERANCE_MS);
    })
    .sort((a, b) => a.atMs - b.atMs);
  return found.length === 0 && exact && times ? timeDifferences(stream, then, now) : found;
}

/** Questions that are asked at once are answered in any order. */
function ofKind(steps: readonly RecordedStep[], kind: StepKind): RecordedStep[] {
  const found = steps.filter((step) => step.kind === kind);
  return kind === 'question' ? found.sort((a, b) => (a.what < b.what ? -1 : a.what > b.what ? 1 : 0)) : found;
}

function kindDifferences(
  stream: number,
  kind: StepKind,
  then: readonly RecordedStep[],
  now: readonly RecordedStep[],
  toleranceMs: number,
): Difference[] {
  const alike = (a?: RecordedStep, b?: RecordedStep) => a && b && areAlike(a, b, toleranceMs);
  let [head, tail] = [0, 0];
  while (head < Math.min(then.length, now.length) && alike(then[head], now[head])) head += 1;
  const rest = () => Math.min(then.length, now.length) - head - tail;
  while (rest() > 0 && alike(then.at(-1 - tail), now.at(-1 - tail))) tail += 1;
  const [lost, come] = [then.slice(head, then.length - tail), now.slice(head, now.length - tail)];
  return Array.from({ length: Math.max(lost.length, come.length) }, (_, n) => n)
    .filter((n) => !alike(lost[n], come[n]))
    .map((n) => ({
      stream,
      kind,
      number: head + n + 1,
      atMs: come[n]?.atMs ?? lost[n]?.atMs ?? 0,
      ...described(lost[n], come[n]),
    }));
}

function areAlike(a: RecordedStep, b: RecordedStep, toleranceMs: number): boolean {
  if (a.what !== b.what) return false;
  const apartMs = Math.abs((a.ms ?? 0) - (b.ms ?? 0));
  if (a.prints === null || b.prints === null) return apartMs <= toleranceMs;
  const isCut = !a.what.includes(', played, ');
  if (!isCut) return apartMs === 0 && a.prints === b.prints;
  // The last 100 ms of each may have been cut short.
  const common = Math.min(a.prints.length, b.prints.length) - PRINT_LENGTH;
  const same = a.prints.slice(0, Math.max(0, common)) === b.prints.slice(0, Math.max(0, common));
  return same && apartMs <= toleranceMs;
}

function described(then?: RecordedStep, now?: RecordedStep): Pick<Difference, 'was' | 'is'> {
  const onlyAudio = then && now && then.what === now.what;
  const sound = then?.ms === now?.ms ? 'other audio' : null;
  const text = (step?: RecordedStep) =>
    step ? step.what + (step.ms === null ? '' : `, ${Math.round(step.ms)} ms`) : null;
  const note = onlyAudio && sound && then.prints !== null ? `, ${sound}` : '';
  return { was: text(then), is: now ? `${text(now)}${note}` : null };
}

/** The first line that is not the same, where all that is compared is. */
function timeDifferences(stream: number, then: Recording, now: Recording): Difference[] {
  const [before, after] = [outward(then), outward(now)];
  const number = after.findIndex((line, n) => line !== before[n]);
  const first = number < 0 && before.length > after.length ? after.length : number;
  if (first < 0) return [];
  const { t = 0 } = now.lines.filter(isOutward)[first] ?? {};
  return [
    {
      stream,
      kind: 'time',
      number: first + 1,
      atMs: t,
      was: before[first] ?? null,
      is: after[first] ?? null,
    },
  ];
}

function outward(recording: Recording): string[] {
  return recording.lines.filter(isOutward).map((line) => JSON.stringify(line));
}

function isOutward(line: Recording['lines'][number]): boolean {
  return !('prints' in line) && !('in' in line && line.in.event === 'media');
}
