import { describe, expect, it } from 'vitest';
import {
  type CallerStepsOptions,
  takeSteps,
} from '../../../packages/twilio-simulator/src/call-command/caller-steps.js';
import type { CallEvent } from '../../../packages/twilio-simulator/src/call-record.js';
import { ManualTicker } from '../../support/manual-ticker.js';
import { clear, mark, media, setUpSimulator } from '../../support/simulated-call.js';

const LOUD = Buffer.alloc(160 * 20, 0x10);

/** An agent that greets for 3 s, is silenced by speech, answers what is said half a second later and each key at once. */
async function setUpTalk(options: CallerStepsOptions) {
  const ticker = new ManualTicker();
  const { twilio } = await setUpSimulator(
    {
      onMessage: ({ event, streamSid, ...message }, socket, raw) => {
        const speak = (ms: number, name: string) => {
          socket.send(media(streamSid, Buffer.alloc(ms * 8, 1)));
          socket.send(mark(streamSid, name));
        };
        if (event === 'start') speak(3000, 'greeting');
        if (event === 'dtmf') speak(100, `key ${JSON.parse(raw).dtmf.digit}`);
        if (event !== 'media') return;
        const isLoud = Buffer.from(String(Object(message.media).payload), 'base64')[0] === LOUD[0];
        if (isLoud && quietFrames > 0) socket.send(clear(streamSid));
        if (!isLoud && quietFrames === 24) speak(200, `answer ${++answers}`);
        quietFrames = isLoud ? 0 : quietFrames + 1;
      },
    },
    { ticker },
  );
  let quietFrames = 1000;
  let answers = 0;
  const call = twilio.call();
  let isDone = false;
  const taken = takeSteps(call, options).then(() => {
    isDone = true;
  });
  for (let ticks = 0; !isDone && ticks < 2000; ticks++) {
    ticker.advance(20);
    for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
  }
  await taken;
  const { events } = await call.hangUp();
  return events;
}

const atOf = (events: readonly CallEvent[], fits: (event: CallEvent) => boolean) =>
  events.find(fits)?.at ?? Number.NaN;
const said = (text: string) => (event: CallEvent) => event.kind === 'caller-says' && event.text === text;
const marked = (name: string) => (event: CallEvent) => event.kind === 'mark' && event.name === name;

describe('the steps of a caller', () => {
  it('are taken in their order, each when the agent has finished, and one of them into its words', async () => {
    const events = await setUpTalk({
      steps: [
        { kind: 'interrupt', words: 'wait' },
        { kind: 'say', words: 'an oil change' },
        { kind: 'key', digit: '1' },
      ],
      voice: () => LOUD,
    });
    const steps = events.filter(({ kind }) => kind === 'caller-says' || kind === 'key');
    expect(steps.map((event) => ('text' in event ? event.text : event.kind))).toEqual([
      'wait',
      'an oil change',
      'key',
    ]);
    const startedAt = atOf(events, ({ kind }) => kind === 'agent-speaks');
    expect(atOf(events, said('wait')) - startedAt).toBeGreaterThanOrEqual(1000);
    expect(events.find(marked('greeting'))).toMatchObject({ played: false });
    expect(atOf(events, said('an oil change')) - atOf(events, marked('answer 1'))).toBeGreaterThanOrEqual(
      300,
    );
    const keyAt = atOf(events, ({ kind }) => kind === 'key');
    expect(keyAt - atOf(events, marked('answer 2'))).toBeGreaterThanOrEqual(400);
  });

  it('wait for more while the agent has not said all', async () => {
    let asked = 0;
    const events = await setUpTalk({
      steps: [
        { kind: 'key', digit: '1' },
        { kind: 'say', words: 'yes' },
      ],
      voice: () => LOUD,
      // True once: of the answer to the key.
      asksToWait: () => ++asked === 2,
    });
    expect(asked).toBe(3);
    // Nothing more came: two seconds without a word are an answer, too.
    expect(atOf(events, said('yes')) - atOf(events, marked('key 1'))).toBeGreaterThanOrEqual(2000);
  });
});
