import type { PlacedMark, PlacedWords } from './agent-track.js';
import type { FoundSpeech } from './found-speech.js';
import { endingOf, type Figure, figureOf, figuresOf, milliseconds, seconds } from './inspect-words.js';
import { runsOf } from './placed-audio.js';
import type { Timeline } from './timeline.js';

interface Row {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** A recorded stream as lines of text: what it is, one line for each event between two moments, and its figures. */
export function inspectText(timeline: Timeline, fromMs: number, toMs: number): string[] {
  const rows = rowsOf(timeline)
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .sort((a, b) => a.atMs - b.atMs);
  const lines = rows.map(
    ({ atMs, who, what }) => `${seconds(atMs, 2).padStart(10)}  ${who.padEnd(8)} ${what}`,
  );
  return [...headOf(timeline), '', ...lines, '', ...figureLines(timeline)];
}

function headOf(timeline: Timeline): string[] {
  const { header, callSid, durationMs, odd } = timeline;
  const hop = header.hop === 0 ? '' : `, picked up again (${header.hop})`;
  const voice = header.voice === 'replaced' ? ["The caller's voice is replaced by noise."] : [];
  return [
    `Call ${callSid ?? 'that never started'}${hop}, recorded ${header.recorded_at}`,
    `${seconds(durationMs)}; ${endingOf(timeline)}.`,
    ...voice,
    ...(odd === 0 ? [] : [`${count(odd, 'message')} without a meaning to us.`]),
  ];
}

function rowsOf(timeline: Timeline): Row[] {
  const { caller, agent, keys, speech, turns, interruptions, states, startMs, durationMs } = timeline;
  const audio = (who: string, pieces: typeof caller.pieces, unit: string): Row[] =>
    runsOf(pieces).map((run) => ({
      atMs: run.fromMs,
      who,
      what: `audio ${(run.fromMs / 1000).toFixed(1)}–${seconds(run.toMs)} (${count(run.pieces, unit)})`,
    }));
  return [
    ...(startMs === null ? [] : [{ atMs: startMs, who: 'stream', what: 'starts' }]),
    ...states.map(({ fromMs, name }) => ({ atMs: fromMs, who: 'state', what: name })),
    ...audio('caller', caller.pieces, 'frame'),
    ...audio('agent', agent.pieces, 'message'),
    ...speech.map((found) => ({ atMs: found.fromMs, who: 'caller', what: speechText(found) })),
    ...turns.map(({ atMs, who, text }) => ({
      atMs,
      who,
      what: who === 'caller' ? `is understood: “${text}”` : text,
    })),
    ...utterancesOf(agent.said),
    ...keys.map(({ atMs, digit }) => ({ atMs, who: 'caller', what: `presses ${digit}` })),
    ...agent.clears.map((atMs) => ({ atMs, who: 'clear', what: 'what waits is dropped' })),
    ...interruptions.map(({ atMs, by, heardMs }) => ({
      atMs,
      who: 'agent',
      what: `cut off by ${by === 'agent' ? 'itself' : `a ${by === 'key' ? 'key' : 'voice'}`}, ${heardMs} ms were heard`,
    })),
    ...agent.marks.map((mark) => ({ atMs: mark.backMs ?? mark.sentMs, who: 'mark', what: markText(mark) })),
    { atMs: durationMs, who: 'stream', what: `over: ${endingOf(timeline)}` },
  ];
}

/** What the agent says, an utterance a row. */
function utterancesOf(said: readonly PlacedWords[]): Row[] {
  const all = new Map<number, PlacedWords[]>();
  for (const words of said) all.set(words.utterance, [...(all.get(words.utterance) ?? []), words]);
  return [...all.values()].map((words) => ({
    atMs: words[0]?.fromMs ?? 0,
    who: 'agent',
    what: `says “${words.map(({ text }) => text).join(' ')}”`,
  }));
}

function count(many: number, unit: string): string {
  return `${many} ${unit}${many === 1 ? '' : 's'}`;
}

function speechText({ verdict, fromMs, toMs, decidedMs }: FoundSpeech): string {
  const length = `${seconds(toMs - fromMs, 2)}`;
  if (verdict === 'candidate') return `perhaps speaks, ${length}, never decided`;
  const after = `${Math.round(decidedMs - fromMs)} ms after its onset`;
  return verdict === 'accepted' ? `speaks for ${length}, found ${after}` : `no speech, rejected ${after}`;
}

function markText({ name, dueMs, backMs, cleared }: PlacedMark): string {
  if (backMs === null) return `${name} never came back`;
  return cleared ? `${name} back, cleared` : `${name} back, ${Math.round(backMs - dueMs)} ms after its audio`;
}

function figureLines({ latencies, agent: { marks } }: Timeline): string[] {
  const back = marks.filter(({ backMs }) => backMs !== null).length;
  const lags = marks.flatMap(({ backMs, dueMs, cleared }) =>
    backMs === null || cleared ? [] : [backMs - dueMs],
  );
  const lag = lags.length === 0 ? [] : [figureOf('end of audio to its mark', lags)];
  return [...[...figuresOf(latencies), ...lag].map(figureText), `marks: ${marks.length} sent, ${back} back`];
}

function figureText({ name, medianMs, largestMs, count }: Figure): string {
  if (count === 1) return `${name}: ${milliseconds(medianMs)}`;
  return `${name}: ${milliseconds(medianMs)} in the median, ${milliseconds(largestMs)} at most (${count})`;
}
