import { newSid } from '../call-form.js';
import type { Ticker } from '../ticker.js';
import type { Finding } from './finding.js';
import { judge } from './judge.js';
import type { Limits } from './limits.js';
import { type CallName, type StreamTrace, whenDid } from './observation.js';
import { ProbeStream } from './probe-stream.js';
import { SCENARIOS, type ScenarioContext } from './scenarios.js';
import { firstAudioMs, spellsOn } from './spoken.js';
import type { StreamTarget, Talk } from './stream-target.js';

export interface ConformanceOptions {
  readonly target: StreamTarget;
  readonly ticker: Ticker;
  readonly limits: Limits;
  readonly skip: ReadonlySet<CallName>;
  readonly from: string;
  readonly to: string;
  /** `null`: every call has its own. */
  readonly callSid: string | null;
  readonly keys: readonly string[];
  readonly speech: Buffer;
  /** A call begins. */
  readonly onCall: (call: CallName) => void;
}

export interface ConformanceReport {
  readonly findings: readonly Finding[];
  readonly traces: ReadonlyMap<CallName, StreamTrace>;
}

/** One after the other; those of one line at once. */
const PLAN: readonly (readonly CallName[])[] = [
  ['first'],
  ['second'],
  ['keys'],
  ['speech'],
  ['additions'],
  ['drop'],
  ['steady', 'gap', 'beside'],
  ['last'],
];
/** Where the first call heard nothing, the others need not wait long for it. */
const SILENT_SERVER_MS = 1000;

/**
 * Holds all calls of a run and judges what was seen; never rejects for what the server does. When the first call comes to no
 * stream, nothing else is tried.
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const traces = new Map<CallName, StreamTrace>();
  const accountSid = newSid('AC');
  for (const calls of PLAN) {
    const held = calls.filter((call) => !options.skip.has(call));
    for (const call of held) options.onCall(call);
    await Promise.all(held.map((call) => hold(call, accountSid, options, traces)));
    const first = traces.get('first');
    if (first && whenDid(first, 'start') === null) break;
  }
  return { findings: judge(traces), traces };
}

async function hold(
  call: CallName,
  accountSid: string,
  options: ConformanceOptions,
  traces: Map<CallName, StreamTrace>,
): Promise<void> {
  const { target, ticker, limits, from, to } = options;
  const callSid = options.callSid ?? newSid('CA');
  const context = contextOf(options, traces.get('first'));
  const talk: Talk = async (opening) => {
    const sendSilence = call !== 'gap';
    const extraFields = call === 'additions';
    const identity = { accountSid, callSid, streamSid: opening.streamSid };
    const stream = new ProbeStream({
      ...opening,
      ...identity,
      call,
      ticker,
      limits,
      sendSilence,
      extraFields,
    });
    traces.set(call, stream.trace);
    await stream.untilStarted();
    await SCENARIOS[call](stream, context);
    return await stream.stop();
  };
  const none = await target.call({ accountSid, callSid, from, to, stir: null }, talk);
  if (none) traces.set(call, { call, seen: [{ kind: 'no-stream', atMs: 0, ...none }] });
}

function contextOf(options: ConformanceOptions, first: StreamTrace | undefined): ScenarioContext {
  const { limits, keys, speech } = options;
  const expectedMs = first ? firstAudioMs(first) : limits.firstAudioMs;
  const patienceMs =
    expectedMs === null
      ? Math.min(SILENT_SERVER_MS, limits.firstAudioMs)
      : Math.max(limits.firstAudioMs, 2 * expectedMs + SILENT_SERVER_MS);
  const speaksFirst = first === undefined || spellsOn(first).length > 0;
  return { limits, patienceMs, speaksFirst, keys, speech };
}
