import { z } from 'zod';
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
  readonly script: Script;
  /** The agents that a call may have had, one after the other. */
  readonly agents: RegExp;
}

const LOGGED = z.object({ agent: z.string().nullable().catch(null), outcome: z.string() });
const WORDS = 'Of course. We can do that this week, in the morning or in the afternoon, as you like it.';

const talk = (first: readonly Action[], rest: Script = {}): Script => ({
  caller: ['I need an oil change', 'Tomorrow at nine please', 'Thank you, goodbye'],
  rules: [...(rest.rules ?? []), { when: { turn: 1, session: 1 }, do: first }, { do: [{ say: WORDS }] }],
  ...(rest.opening ? { opening: rest.opening } : {}),
});

const SCENES: readonly Scene[] = [
  { fault: 'none', script: talk([{ say: WORDS }]), agents: /^realtime$/ },
  {
    fault: 'the model dies in mid-sentence',
    script: talk([{ say: WORDS }, { drop: true }]),
    agents: /^realtime/,
  },
  { fault: 'it falls silent', script: talk([{ mute: true }]), agents: /^realtime/ },
  { fault: 'it sends garbage', script: talk([{ garbage: '{"type":' }, { say: WORDS }]), agents: /^realtime/ },
  { fault: 'its session is too old', script: talk([{ expire: true }]), agents: /^realtime/ },
  {
    fault: 'it is out of credit',
    script: talk([{ fail: { code: 'insufficient_quota' } }]),
    agents: /keypad$/,
  },
  {
    fault: 'it is asked too much, once',
    script: talk([{ fail: { code: 'rate_limit_exceeded' } }]),
    agents: /^realtime/,
  },
  { fault: 'it takes no key', script: talk([], { opening: { refuse: 401 } }), agents: /keypad$/ },
  { fault: 'it never answers the upgrade', script: talk([], { opening: { hang: true } }), agents: /keypad$/ },
  {
    fault: 'it speaks another format',
    script: talk([], { rules: [{ when: { on: 'update' }, do: [{ format: 'audio/pcm' }] }] }),
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

async function play({ fault, script, agents }: Scene): Promise<DrillRow> {
  const rig = await TalkingRig.open(script);
  try {
    const calls = Array.from({ length: CALLERS }, (_, n) => rig.call(`+1512810000${n}`));
    const records = await Promise.all(calls.map((call) => rig.talk(call)));
    const logged = await Promise.all(records.map((record) => loggedCall(rig, record)));
    const waitMs = Math.max(...records.map((record) => longestWaitMs(record, false)));
    const had = [...new Set(logged.map(({ agent }) => agent ?? 'none'))];
    const problems = [
      ...records
        .filter(({ outcome }) => outcome?.kind !== 'caller-hung-up')
        .map(({ outcome }) => JSON.stringify(outcome)),
      ...rig.model.breaches.map(({ message }) => message),
    ];
    return {
      fault,
      required: `no silence over ${SILENCE_MS} ms, the call goes on`,
      seen: [`longest silence ${(waitMs / 1000).toFixed(2)} s, agents ${had.join(' or ')}`, ...problems].join(
        ', ',
      ),
      held:
        waitMs <= SILENCE_MS + SLACK_MS && had.every((name) => agents.test(name)) && problems.length === 0,
    };
  } finally {
    await rig.close();
  }
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
