import type { Recording, RecordingHeader } from '../recording/recording.js';
import { type AgentTrack, agentTrack } from './agent-track.js';
import { type CallerTrack, callerTrack } from './caller-track.js';
import { type FoundSpeech, speechOf } from './found-speech.js';
import { type Latency, latenciesOf } from './latencies.js';
import { endOf } from './placed-audio.js';
import { eventsOf, type StreamEvent } from './stream-events.js';
import { type ToldTurn, turnsOf } from './told-turns.js';

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One recorded stream laid out in time: every time is milliseconds since the stream was accepted. */
export interface Timeline {
  readonly header: RecordingHeader;
  /** A pseudonym; null when the stream never started. */
  readonly callSid: string | null;
  readonly startMs: number | null;
  readonly durationMs: number;
  readonly caller: CallerTrack;
  readonly agent: AgentTrack;
  readonly speech: readonly FoundSpeech[];
  readonly turns: readonly ToldTurn[];
  readonly keys: readonly { readonly atMs: number; readonly digit: string }[];
  readonly interruptions: readonly {
    readonly atMs: number;
    readonly by: 'speech' | 'key' | 'agent';
    readonly heardMs: number;
  }[];
  readonly states: readonly (Interval & { readonly name: string })[];
  /** When the session said that the agent speaks. */
  readonly speaking: readonly Interval[];
  readonly latencies: readonly Latency[];
  /** `cut`: the gateway was killed; `truncated`: it gave the recording up; null: the recording just stops. */
  readonly end: 'stopped' | 'closed' | 'lost' | 'truncated' | 'cut' | null;
  /** Messages that say nothing to us. */
  readonly odd: number;
}

/** Never throws: what a recording does not tell is left out. */
export function timelineOf({ header, lines, cut }: Recording): Timeline {
  const events = eventsOf(lines);
  const caller = callerTrack(events);
  const agent = agentTrack(events);
  const durationMs = lengthOf(events, caller, agent);
  const start = events.find((event) => event.kind === 'start');
  return {
    header,
    callSid: start?.kind === 'start' ? start.callSid : (header.form?.CallSid ?? null),
    startMs: start?.atMs ?? null,
    durationMs,
    caller,
    agent,
    turns: turnsOf(header, lines),
    speech: speechOf(events, caller.shiftMs, durationMs),
    keys: events.flatMap((event) => (event.kind === 'key' ? [event] : [])),
    interruptions: interruptionsOf(events),
    states: statesOf(events, durationMs),
    speaking: speakingOf(events, durationMs),
    latencies: latenciesOf(events, caller.shiftMs, agent.onsets),
    end: cut ? 'cut' : endingOf(events),
    odd: events.filter(({ kind }) => kind === 'odd').length,
  };
}

/** Audio that was never cut sounds on after the last message, but the call is over then. */
function lengthOf(events: readonly StreamEvent[], caller: CallerTrack, agent: AgentTrack): number {
  const last = events.at(-1);
  if (last?.kind === 'end') return last.atMs;
  const ends = [...caller.pieces.slice(-1), ...agent.pieces.slice(-1)].map(endOf);
  return Math.max(last?.atMs ?? 0, ...ends);
}

function endingOf(events: readonly StreamEvent[]): Timeline['end'] {
  const last = events.at(-1);
  if (last?.kind === 'end') return last.how;
  return last?.kind === 'truncated' ? 'truncated' : null;
}

function interruptionsOf(events: readonly StreamEvent[]): Timeline['interruptions'] {
  return events.flatMap((event) =>
    event.kind === 'note' && event.note.note === 'interrupted'
      ? [{ atMs: event.atMs, by: event.note.by, heardMs: event.note.heard_ms }]
      : [],
  );
}

function sessionNotes(events: readonly StreamEvent[]) {
  return events.flatMap(({ atMs, ...event }) =>
    event.kind === 'note' && event.note.note === 'session' ? [{ atMs, ...event.note }] : [],
  );
}

function statesOf(events: readonly StreamEvent[], durationMs: number): Timeline['states'] {
  const notes = sessionNotes(events);
  const changes = notes.filter(({ state }, index) => state !== notes[index - 1]?.state);
  return changes.map(({ atMs, state }, index) => ({
    name: state,
    fromMs: atMs,
    toMs: changes[index + 1]?.atMs ?? durationMs,
  }));
}

function speakingOf(events: readonly StreamEvent[], durationMs: number): Interval[] {
  const notes = sessionNotes(events);
  const changes = notes.filter(({ speaking }, index) => speaking !== (notes[index - 1]?.speaking ?? false));
  return changes.flatMap(({ atMs, speaking }, index) =>
    speaking ? [{ fromMs: atMs, toMs: changes[index + 1]?.atMs ?? durationMs }] : [],
  );
}
