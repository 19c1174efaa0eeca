import { afterAll, describe, it, vi } from 'vitest';
import type { Action, Script } from '../../../packages/realtime-simulator/src/script/script.js';
import type { FinishedCall } from '../../../src/call-log/finished-call.js';
import { longestSilence } from '../../support/audio-measures.js';
import { SharedVoice } from '../../support/shared-voice.js';
import { startTalkingGateway } from '../../support/talking-gateway.js';
import { shopIsReady } from '../../support/test-gateway.js';

/** Nobody hears nothing for longer, plus what a busy machine adds. */
const MOST_SILENCE_MS = 2500 + 700;

/** A model that does this in its first response to the caller, and afterwards answers as it should. */
const once = (...actions: Action[]): Script => ({
  rules: [
    { when: { hears: 'oil change' }, times: 1, do: actions },
    { do: [{ say: 'Which day would suit you?' }] },
  ],
});
/** One that does it in every response. */
const always = (...actions: Action[]): Script => ({ rules: [{ do: actions }] });

const shared = new SharedVoice();
afterAll(() => shared.close());
/** Of all gateways here: none of them closes it. */
const voice = { synthesize: (text: string) => shared.synthesize(text), close: async () => {} };

type Case = readonly [what: string, script: Script, agents: string];

const LOST: readonly Case[] = [
  ['breaks off goes on with another session of it', once({ wait: 200 }, { drop: true }), 'realtime'],
  [
    'is closed in the middle of a word goes on with another session',
    once({ say: 'Well now' }, { close: 1011 }),
    'realtime',
  ],
  ['is too old goes on with another session', once({ expire: true }), 'realtime'],
];
const SILENT: readonly Case[] = [
  ['fails once in a response is asked again', once({ fail: { code: 'server_error' } }), 'realtime'],
  ['falls silent goes on with another session', once({ mute: true }), 'realtime'],
  [
    'falls silent when a function has answered goes on with another session',
    {
      rules: [
        { when: { output: 'find_open_times', session: 1 }, do: [{ mute: true }] },
        {
          when: { hears: 'oil change', session: 1 },
          do: [{ say: 'Let me see.' }, { call: 'find_open_times', arguments: { service: 'oil_change' } }],
        },
        { do: [{ say: 'Which day would suit you?' }] },
      ],
    },
    'realtime',
  ],
];
const OF_NO_USE: readonly Case[] = [
  [
    'has no credit goes on with the keys at once',
    always({ fail: { code: 'insufficient_quota' } }),
    'realtime>keypad',
  ],
  [
    'breaks off again and again goes on with the keys',
    always({ wait: 200 }, { drop: true }),
    'realtime>keypad',
  ],
  [
    'calls functions without end and says nothing goes on with the keys',
    always({ call: 'shop_info', arguments: {} }),
    'realtime>keypad',
  ],
  [
    'sends what makes no sense goes on with the keys',
    always(...Array.from({ length: 8 }, () => ({ garbage: '{' }))),
    'realtime>keypad',
  ],
];

// Three at a time: each waits for most of its time. A machine that stands still makes a silence of its own.
describe.each([{ cases: LOST }, { cases: SILENT }, { cases: OF_NO_USE }])(
  'a call whose voice model',
  ({ cases }) => {
    it.concurrent.for(cases)(
      '%s, and the caller never waits in silence',
      { timeout: 120_000, retry: 2 },
      async ([, script, agents], { expect, onTestFinished }) => {
        const gateway = await startTalkingGateway({ script }, {}, { voice, whenFinished: onTestFinished });
        await shopIsReady(gateway);
        const call = gateway.twilio.call();
        await gateway.takeSteps(call, [{ kind: 'say', words: 'Hi, I need an oil change' }]);
        const expected = agents === 'realtime' ? /Which day would suit you/ : /press 1/;
        await vi.waitFor(
          async () => {
            const session = await gateway.live(call.callSid);
            const last = session?.conversation_history.filter(({ role }) => role === 'assistant').at(-1);
            expect(last?.content).toMatch(expected);
          },
          { timeout: 50_000, interval: 50 },
        );
        await call.hangUp();
        const words = await gateway.speech('Hi, I need an oil change');
        const beganAt = call.record.of('caller-says').at(0)?.at ?? Number.NaN;
        const afterwards = call.record.heardAudio().subarray(Math.ceil(beganAt * 8) + words.length);
        expect(afterwards.length).toBeGreaterThan(800);
        expect(longestSilence(afterwards)).toBeLessThan(MOST_SILENCE_MS);
        const log = await vi.waitFor(async () => {
          const record = await gateway.get<FinishedCall>(`/api/calls/${call.callSid}`);
          expect(record.outcome).toBe('hung_up');
          return record;
        });
        expect(log.agent).toBe(agents);
        expect(log.transcript.map(({ content }) => content).join(' ')).not.toContain('cut off');
        expect(gateway.model.breaches).toEqual([]);
      },
    );
  },
);

describe('a model whose sessions open', () => {
  it.concurrent.for([
    ['fails in its responses', always({ fail: { code: 'server_error' } })],
    ['is silent', always({ mute: true })],
  ] as const)(
    'and which %s has three calls at most: the next begins with the keys',
    { timeout: 120_000 },
    async ([, script], { expect, onTestFinished }) => {
      const gateway = await startTalkingGateway({ script }, {}, { voice, whenFinished: onTestFinished });
      await shopIsReady(gateway);
      const agentsOf = async (callSid: string) => (await gateway.live(callSid))?.agents;
      const calls = [1, 2, 3].map((n) => gateway.twilio.call({ from: `+1512555017${n}` }));
      await Promise.all(
        calls.map(async (call) => {
          await gateway.takeSteps(call, [{ kind: 'say', words: 'Hi, I need an oil change' }]);
          await vi.waitFor(async () => expect(await agentsOf(call.callSid)).toEqual(['realtime', 'keypad']), {
            timeout: 50_000,
            interval: 50,
          });
          await call.hangUp();
        }),
      );
      const next = gateway.twilio.call();
      await next.untilSpeaking();
      expect(await agentsOf(next.callSid)).toEqual(['keypad']);
      await next.hangUp();
    },
  );
});
