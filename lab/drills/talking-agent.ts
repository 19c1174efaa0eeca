import { z } from 'zod';
import type { ModelSession } from '../../packages/realtime-simulator/src/model/model-session.js';
import type { Action, Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { longestWaitMs } from './ear.js';
import { TalkingRig } from './talking-rig.js';

const SILENCE_MS = 2500;
/** Ticks of 20 ms on both sides, and timers of a machine that also plays the callers. */
const SLACK_MS = 250;
const CALLERS = 3;

interface Scene {
  readonly fault: string;
  /** What breaks the first session of each call, in the middle of its first answer. */
  readonly breaks?: Action;
  /** What breaks every session, before it is there. */
  readonly script?: Script;
  /** The agents that a call may have had, one after the other. */
  readonly agents: RegExp;
}

const LOGGED = z.object({ agent: z.string().nullable().catch(null), outcome: z.string() });
const WORDS = 'Of course. We can do that this week, in the morning or in the afternoon, as you like it.';
const TALK: Script = {
  caller: ['I need an oil change', 'Tomorrow at nine please', 'Thank you, goodbye'],
  rules: [{ do: [{ say: WORDS, chunkMs: 100, everyMs: 20 }] }],
};
const LOOK_MS = 20;

const SCENES: readonly Scene[] = [
  { fault: 'none', agents: /^realtime$/ },
  { fault: 'the model dies in mid-sentence', breaks: { drop: true }, agents: /^realtime/ },
  { fault: 'it closes in mid-sentence', breaks: { close: 1011 }, agents: /^realtime/ },
  { fault: 'it falls silent in mid-sentence', breaks: { mute: true }, agents: /^realtime/ },
  { fault: 'it sends garbage', breaks: { garbage: '{"type":' }, agents: /^realtime/ },
  { fault: 'its session is too old', breaks: { expire: true }, agents: /^realtime/ },
  { fault: 'it is out of credit', breaks: { fail: { code: 'insufficient_quota' } }, agents: /keypad$/ },
  {
    fault: 'it is asked too much, once',
    breaks: { fail: { code: 'rate_limit_exceeded' } },
    agents: /^realtime/,
  },
  { fault: 'it takes no key', script: { ...TALK, opening: { refuse: 401 } }, agents: /keypad$/ },
  { fault: 'it never answers the upgrade', script: { ...TALK, opening: { hang: true } }, agents: /keypad$/ },
  {
    fault: 'it speaks another format',
    script: {
      ...TALK,
      rules: [{ when: { on: 'update' }, do: [{ format: 'audio/pcm' }] }, ...(TALK.rules ?? [])],
    },
    agents: /keypad$/,
  },
];

export const topic: Drill = {
  title: `The talking agent while its model fails (no silence over ${SILENCE_MS} + ${SLACK_MS} ms at the caller's ear, ${CALLERS} callers at once)`,
  async drill() {
    const rows: DrillRow[] = [];
    for (const scene of SCENES) rows.push(await play(scene));
    return rows;
  },
};

async function play(scene: Scene): Promise<DrillRow> {
  const rig = await TalkingRig.open(scene.script ?? TALK);
  const over = new AbortController();
  try {
    const calls = Array.from({ length: CALLERS }, (_, n) => rig.call(`+1512810000${n}`));
    const breaking = scene.breaks ? breakSessions(rig, scene.breaks, over.signal) : Promise.resolve(CALLERS);
    const records = await Promise.all(calls.map((call) => rig.talk(call)));
    over.abort();
    const broken = await breaking;
    const logged = await Promise.all(records.map((record) => loggedCall(rig, record)));
    return rowOf(scene, records, {
      agents: [...new Set(logged.map(({ agent }) => agent ?? 'none'))],
      problems: [
        ...(broken === CALLERS ? [] : [`${broken} sessions were broken`]),
        ...rig.model.breaches.map(({ message }) => message),
      ],
    });
  } finally {
    over.abort();
    await rig.close();
  }
}

function rowOf(
  { fault, agents: expected }: Scene,
  records: readonly CallRecord[],
  { agents, problems }: { readonly agents: readonly string[]; readonly problems: readonly string[] },
): DrillRow {
  const waitMs = Math.max(...records.map((record) => longestWaitMs(record, false)));
  const dropped = records.filter(({ outcome }) => outcome?.kind === 'fault' || outcome?.kind === 'vanished');
  const all = [...problems, ...dropped.map(({ outcome }) => JSON.stringify(outcome))];
  return {
    fault,
    required: `no silence over ${SILENCE_MS} ms, the call goes on`,
    seen: [`longest silence ${(waitMs / 1000).toFixed(2)} s, agents ${agents.join(' or ')}`, ...all].join(
      ', ',
    ),
    held: waitMs <= SILENCE_MS + SLACK_MS && agents.every((name) => expected.test(name)) && all.length === 0,
  };
}

/** Breaks the first session of each caller while it speaks. Gives how many were broken when all are, or when `signal` says that nobody calls any more. */
async function breakSessions(rig: TalkingRig, action: Action, signal: AbortSignal): Promise<number> {
  const pending: ModelSession[] = [];
  let [found, broken] = [0, 0];
  while (broken < CALLERS && !signal.aborted) {
    const sessions = rig.takeSessions().slice(0, CALLERS - found);
    found += sessions.length;
    pending.push(...sessions);
    for (const session of pending.filter(isSpeaking)) {
      session.break(action);
      pending.splice(pending.indexOf(session), 1);
      broken++;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return broken;
}

/** The tenth piece of its first answer is out. */
function isSpeaking({ events }: ModelSession): boolean {
  return events.filter(({ type }) => type === 'response.output_audio.delta').length >= 10;
}

/** The call log is written behind the end of a call. */
async function loggedCall({ gateway }: TalkingRig, { callSid }: CallRecord): Promise<z.infer<typeof LOGGED>> {
  const deadline = performance.now() + 5000;
  while (performance.now() < deadline) {
    const response = await fetch(`${gateway.url}/api/calls/${callSid}`);
    if (response.ok) return LOGGED.parse(await response.json());
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('A call is not in the log.');
}
