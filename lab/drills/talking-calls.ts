import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Rule, Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { between, type Random, seededRandom } from '../bench/noise-random.js';
import { silencesOf } from './ear.js';
import { type CallerEnd, TalkingCaller } from './talking-caller.js';
import { TALKING_FAULTS, type TalkingFault } from './talking-faults.js';
import { type SharedVoice, TalkingRig } from './talking-rig.js';

/** A call with a fault at a random moment. */
export interface PlannedCall {
  /** Counted from 1. */
  readonly number: number;
  readonly fault: TalkingFault;
  readonly isLasting: boolean;
  /** When it is made, from the stream's start on. */
  readonly atMs: number;
  readonly seed: number;
  /** How often it was placed before. */
  readonly tries: number;
}

/** What became of it. */
export interface BrokenCall extends PlannedCall {
  readonly callSid: string;
  /** The call was not over before. */
  readonly happened: boolean;
  readonly end: CallerEnd;
  readonly outcome: string;
  /** What the caller complains of. */
  readonly problem: string;
  /** The longest silence in which the agent was expected to speak, and when it began, from the first ring on. */
  readonly waitMs: number;
  readonly waitAtMs: number;
  /** The longest block of the event loop meanwhile. */
  readonly blockMs: number;
  /** Those of the call, one after the other. */
  readonly agents: string;
  readonly breaches: readonly string[];
}

export interface CallHouse {
  readonly voice: SharedVoice;
  readonly databaseUrl: string;
}

/** A call without a fault takes 20 s. */
const LATEST_MS = 18_000;
const LOGGED_WITHIN_MS = 20_000;
const LOGGED = z.object({ agent: z.string().nullable().catch(null) });

const NAME = { first_name: 'Ann', last_name: 'Carver' };
const OFFER: Rule = {
  when: { output: 'find_open_times' },
  capture: { slot: '/\\b(s\\d+) = /', time: '/\\bs\\d+ = (.+?)(;|\\. )/' },
  do: [{ say: 'I have $time. Shall I book it?' }],
};
/** Books the first open time, if the caller agrees. */
export const BOOKING_SCRIPT: Script = {
  audio: { chunkMs: 100, everyMs: 20 },
  rules: [
    {
      when: { hears: 'oil change' },
      do: [{ call: 'find_open_times', arguments: { service: 'oil_change' } }],
    },
    OFFER,
    {
      when: { output: 'find_open_times' },
      do: [{ say: 'I cannot see the open times. What can I do for you?' }],
    },
    {
      when: { hears: 'yes' },
      do: [{ call: 'book_appointment', arguments: { slot: '$slot', ...NAME, confirmed: true } }],
    },
    {
      when: { output: 'book_appointment', says: 'BOOKED. Say' },
      capture: { words: '/"(.+?)"/' },
      do: [{ say: '$words Goodbye.' }, { call: 'end_call' }],
    },
    { when: { output: 'book_appointment' }, do: [{ say: 'I could not book that. What can I do for you?' }] },
    { do: [{ say: 'I am sorry, what can I do for you?' }] },
  ],
};

/** The same for the same numbers. */
export function planCalls(random: Random, count: number): PlannedCall[] {
  return Array.from({ length: count }, (_, n) => {
    const fault = TALKING_FAULTS[n % TALKING_FAULTS.length];
    if (!fault) throw new RangeError('There are no faults.');
    return {
      number: n + 1,
      fault,
      isLasting: random() < 0.5 && !fault.passes,
      atMs: between(random, 0, LATEST_MS),
      seed: Math.floor(random() * 2 ** 32),
      tries: 0,
    };
  });
}

export async function placeCall(planned: PlannedCall, house: CallHouse): Promise<BrokenCall> {
  const { number, fault } = planned;
  const rig = await TalkingRig.open({
    script: BOOKING_SCRIPT,
    ...house,
    twoGateways: fault.needs === 'twoGateways',
    redis: fault.needs === 'redis',
  });
  const over = new AbortController();
  const loop = monitorEventLoopDelay({ resolution: 20 });
  try {
    loop.enable();
    const call = rig.call(`+1512${8_100_000 + number + 1000 * planned.tries}`);
    const breaking = breakIt(planned, rig, call, over.signal);
    const caller = new TalkingCaller(rig, call);
    const end = await caller.book();
    over.abort();
    const blockMs = Math.round(loop.max / 1e6);
    const happened = await breaking;
    const wait = longestWait(call, end);
    return {
      ...planned,
      ...{ callSid: call.callSid, happened, end, blockMs, problem: caller.problem },
      outcome: call.record.outcome?.kind ?? 'none',
      waitMs: wait.ms,
      waitAtMs: wait.atMs,
      agents: await agentsOf(rig, call.callSid),
      breaches: rig.model.breaches.map(({ message }) => message),
    };
  } finally {
    over.abort();
    loop.disable();
    await rig.close();
  }
}

/** False when the call was over before. */
async function breakIt(
  { atMs, seed, isLasting, fault }: PlannedCall,
  rig: TalkingRig,
  call: TwilioCall,
  over: AbortSignal,
): Promise<boolean> {
  await call.untilState('streaming');
  const isOver = await pause(atMs, false, { signal: over }).catch(() => true);
  if (isOver) return false;
  await fault.make({ rig, call, isLasting, over, random: seededRandom(seed) });
  return true;
}

/** Who waits when the call ends, and has not heard that it is booked, waits to the end. */
function longestWait({ record }: TwilioCall, end: CallerEnd): { readonly ms: number; readonly atMs: number } {
  const owed = silencesOf(record).filter(
    ({ endedBy }) => endedBy === 'agent' || (endedBy === 'nobody' && end !== 'booked' && end !== 'person'),
  );
  return owed.reduce((worst, silence) => (silence.ms > worst.ms ? silence : worst), { ms: 0, atMs: 0 });
}

/** The call log is written behind the end of a call. */
async function agentsOf({ gateways }: TalkingRig, callSid: string): Promise<string> {
  const deadline = performance.now() + LOGGED_WITHIN_MS;
  while (performance.now() < deadline) {
    for (const { url } of gateways) {
      const response = await fetch(`${url}/api/calls/${callSid}`);
      if (response.ok) return LOGGED.parse(await response.json()).agent ?? 'none';
      await response.body?.cancel();
    }
    await pause(200);
  }
  return 'not in the log';
}
