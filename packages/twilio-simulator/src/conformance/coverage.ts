import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { Traces } from './judge.js';
import { countMessages } from './message-rules.js';
import { type Act, CALLS, type CallName, type StreamTrace, seenOf, whenDid } from './observation.js';
import { longestQueue, saidOn, spellsOn } from './spoken.js';
import { checkTail } from './turn-rules.js';

/** What a run has tried, so that "nothing found" means something. */
export interface Coverage {
  readonly exercised: readonly string[];
  /** What could not be judged, and why. */
  readonly missing: readonly string[];
}

export function coverageOf(traces: Traces): Coverage {
  const all = CALLS.flatMap((call) => traces.get(call) ?? []);
  return { exercised: exercised(all), missing: [...missingCalls(traces), ...missingSigns(all, traces)] };
}

function exercised(all: readonly StreamTrace[]): string[] {
  const opened = all.filter((trace) => seenOf(trace, 'opened').length > 0);
  const count = (event: 'media' | 'mark' | 'clear') => sum(all, (trace) => countMessages(trace, event));
  const acts = (act: Act) => sum(all, (trace) => didTimes(trace, act));
  const gap = opened.find(({ call }) => call === 'gap');
  const parts = [
    `${plural(opened.length, 'stream')} opened${openedAtOnce(opened)}, the slowest handshake ${slowestHandshake(opened)} ms`,
    `${plural(count('media'), 'media message')} (${seconds(sum(all, audioMs))} s of audio, at most ${seconds(Math.max(0, ...all.map((trace) => longestQueue(trace).ms)))} s waiting), ${plural(count('mark'), 'mark')}, ${plural(count('clear'), 'clear')}`,
    `${plural(acts('key'), 'key')} and ${plural(acts('speech'), 'phrase')} of the caller, ${spokenAt(all)} of them while the server spoke`,
    `${plural(acts('unknown-event'), 'unknown event')}, ${plural(acts('extra-fields'), 'call')} with extra fields in every message${gap ? `, ${seconds(lengthMs(gap))} s without a frame` : ''}`,
    `${plural(acts('stop'), 'stop')}, ${plural(acts('drop'), 'dropped connection')}, ${plural(acts('ping'), 'ping')}, ${plural(ownEnds(all), 'end')} of the server's own`,
  ];
  return opened.length > 0 ? parts : [];
}

const TITLES: Readonly<Record<CallName, string>> = {
  first: 'the first call',
  second: 'a call right after the first',
  keys: 'a call with keys',
  speech: 'a call with speech',
  additions: 'a call with events and fields that are not known today',
  drop: 'a call whose connection is dropped',
  steady: 'a call beside two others',
  gap: 'a call without frames, beside two others',
  beside: 'a third call beside them',
  last: 'a call after all the others',
};

export function titleOf(call: CallName): string {
  return TITLES[call];
}

function missingCalls(traces: Traces): string[] {
  const left = CALLS.filter((call) => !traces.has(call));
  const isOpen = [...traces.values()].some((trace) => seenOf(trace, 'opened').length > 0);
  if (!isOpen) return ['everything else: the first call came to no stream'];
  return left.map((call) => `${titleOf(call)}: left out`);
}

function missingSigns(all: readonly StreamTrace[], traces: Traces): string[] {
  if (all.every((trace) => seenOf(trace, 'opened').length === 0)) return [];
  const never = (event: 'media' | 'mark' | 'clear') =>
    all.every((trace) => countMessages(trace, event) === 0);
  const missing: string[] = [];
  if (never('media'))
    missing.push('the server never spoke: its audio, its marks, later calls, interruptions');
  else if (never('mark')) missing.push('marks: the server sent none');
  if (!never('media') && never('clear')) missing.push('what comes after a clear: the server sent none');
  else if (!never('clear') && !tailIsDecided(all, traces)) {
    missing.push(
      'whether an interrupted utterance goes on after its clear: the calls did not say the same, or it was over',
    );
  }
  if (ownEnds(all) === 0)
    missing.push(
      'whether its goodbye is heard to the end: the server never ended a call (--keys may lead it there)',
    );
  const [gap, steady] = [traces.get('gap'), traces.get('steady')];
  if (gap && steady && ownEnds([steady]) > 0)
    missing.push('a call without frames: the one with frames ended too');
  return missing;
}

function tailIsDecided(all: readonly StreamTrace[], traces: Traces): boolean {
  const first = traces.get('first');
  return first !== undefined && all.some((trace) => checkTail(first, trace).decided);
}

function openedAtOnce(opened: readonly StreamTrace[]): string {
  const together = opened.filter(({ call }) => ['steady', 'gap', 'beside'].includes(call));
  return together.length > 1 ? `, ${together.length} of them at once` : '';
}

function slowestHandshake(opened: readonly StreamTrace[]): number {
  return Math.round(
    Math.max(0, ...opened.flatMap((trace) => seenOf(trace, 'opened').map(({ atMs }) => atMs))),
  );
}

function audioMs(trace: StreamTrace): number {
  return sum(saidOn(trace), ({ message }) =>
    message.event === 'media' ? message.audio.length / BYTES_PER_MS : 0,
  );
}

function spokenAt(all: readonly StreamTrace[]): number {
  return sum(all, (trace) => {
    const spells = spellsOn(trace);
    return seenOf(trace, 'did').filter(
      ({ act, atMs }) =>
        (act === 'key' || act === 'speech') &&
        spells.some(({ fromMs, toMs }) => fromMs < atMs && atMs < toMs),
    ).length;
  });
}

function ownEnds(all: readonly StreamTrace[]): number {
  return sum(all, (trace) =>
    whenDid(trace, 'start') === null ? 0 : seenOf(trace, 'ended').filter(({ byServer }) => byServer).length,
  );
}

function didTimes(trace: StreamTrace, act: Act): number {
  return seenOf(trace, 'did').filter((each) => each.act === act).length;
}

function lengthMs(trace: StreamTrace): number {
  const end = whenDid(trace, 'stop') ?? seenOf(trace, 'ended')[0]?.atMs ?? 0;
  return Math.max(0, end - (whenDid(trace, 'start') ?? end));
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
