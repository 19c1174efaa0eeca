import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Script } from '../../../packages/realtime-simulator/src/script/script.js';
import { ONE_MOMENT } from '../../../src/agents/keypad/keypad-prompts.js';
import { decode } from '../../../src/audio/mulaw.js';
import { encode } from '../../../src/audio/mulaw-buffer.js';
import { longestSilence } from '../../support/audio-measures.js';
import { SharedVoice } from '../../support/shared-voice.js';
import { linesOf, TalkingCaller, toldTo } from '../../support/talking-caller.js';
import { startTalkingGateway, type TalkingGateway } from '../../support/talking-gateway.js';
import { SlowVoice, shopIsReady } from '../../support/test-gateway.js';

/** Nobody hears nothing for longer, plus what a busy machine adds. */
const MOST_SILENCE_MS = 2500 + 700;
const HOURS = 'We open at eight on Monday. On Tuesday we open at nine. On Friday we close at five.';

// A response goes on for a while after it was cancelled, and words of the caller come late, as they do with a server that is far away.
const SCRIPT: Script = {
  cancelAfterMs: 250,
  transcriptAfterMs: 300,
  rules: [
    { when: { hears: 'slowly' }, do: [{ say: HOURS, chunkMs: 100, everyMs: 100 }] },
    { when: { item: 'Go on behind' }, do: [{ say: 'And that is all.' }] },
    { when: { hears: 'hours' }, do: [{ say: HOURS }] },
    {
      when: { hears: 'oil change' },
      do: [{ call: 'find_open_times', arguments: { service: 'oil_change' } }],
    },
    {
      when: { output: 'find_open_times' },
      capture: { slot: String.raw`/\b(s\d+) = /` },
      do: [{ say: 'There is one. Shall I book it?' }],
    },
    {
      when: { hears: 'yes' },
      do: [
        {
          call: 'book_appointment',
          arguments: { slot: '$slot', first_name: 'Ada', last_name: 'Byron', confirmed: true },
        },
      ],
    },
    { when: { output: 'book_appointment' }, capture: { all: '/"(.+?)"/' }, do: [{ say: '$all' }] },
    { when: { hears: 'bye' }, do: [{ say: 'Goodbye.' }, { call: 'end_call' }] },
    { when: { hears: 'okay' }, do: [{ wait: 1000 }, { say: 'Anything else?' }] },
  ],
};

const ends: (() => Promise<void>)[] = [];
const whenFinished = (end: () => Promise<void>) => void ends.push(end);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

let gateway: TalkingGateway;
/** Less than a second of speech. */
let brief: Buffer;
/** The same, as softly as somebody who coughs beside the telephone: for our detector speech, for the model's server nothing. */
let soft: Buffer;
const voice = new SharedVoice();
beforeAll(async () => {
  gateway = await startTalkingGateway({ script: SCRIPT }, { SHOP_BAYS: '20' }, { voice, whenFinished });
  await shopIsReady(gateway);
  brief = await gateway.speech('Okay.');
  soft = encode(decode(brief).map((sample) => sample * 0.08));
});

let numbers = 130;
const ring = () => {
  numbers += 1;
  return TalkingCaller.ring(gateway, { from: `+15125550${numbers}`, stir: null });
};
/** What the caller heard after the last time they began to speak. */
const heardSince = ({ call }: TalkingCaller) => {
  const last = call.record.of('caller-says').at(-1);
  return call.record.heardAudio().subarray(Math.ceil((last?.at ?? Number.NaN) * 8) + brief.length);
};
const saidBy = (lines: readonly string[]) => lines.filter((line) => line.startsWith('assistant:'));

// A machine that stands still makes a silence of its own.
describe.concurrent('a caller who', { timeout: 120_000 }, () => {
  it('coughs into a reply hears the rest of it, and is neither asked to wait nor what they would like', {
    retry: 2,
  }, async () => {
    const caller = await ring();
    await caller.says('What are your hours');
    await caller.call.untilSpeakingFor(1500);
    await caller.call.say('(a cough)', soft);
    await caller.call.untilSpoken(300);
    const silence = longestSilence(heardSince(caller));
    await caller.speaks('bye');
    const lines = saidBy(linesOf(await caller.log()));
    expect(caller.call.record.clears).toHaveLength(1);
    expect(silence).toBeLessThan(MOST_SILENCE_MS);
    expect(lines.filter((line) => line.endsWith('On Friday we close at five.'))).toHaveLength(1);
    expect(lines).not.toContain(`assistant: ${ONE_MOMENT}`);
    expect(toldTo(caller.model).filter((event) => event.includes('was not understood'))).toEqual([]);
  });

  it('says "mhm" while the model still speaks its reply hears the model go on with it', {
    retry: 2,
  }, async () => {
    const caller = await ring();
    await caller.says('And slowly please');
    await caller.call.untilSpeakingFor(1500);
    caller.model.callerSays('Mhm.');
    await caller.call.say('Mhm.', brief);
    await caller.call.untilSpoken(300);
    const silence = longestSilence(heardSince(caller));
    await caller.speaks('bye');
    const lines = saidBy(linesOf(await caller.log()));
    expect(silence).toBeLessThan(MOST_SILENCE_MS);
    expect(lines).toContain('assistant: And that is all.');
    expect(lines.join()).not.toContain('All right');
  });

  it('says "okay" into what the model tells of the booking hears it once more, and the booking is confirmed', async () => {
    const caller = await ring();
    await caller.says('An oil change');
    await caller.says('yes');
    await caller.call.untilSpeakingFor(700);
    caller.model.callerSays('Okay.');
    await caller.call.say('Okay.', brief);
    await caller.call.untilSpoken(300);
    const { collected_data } = (await gateway.live(caller.call.callSid)) ?? {};
    await caller.speaks('bye');
    const lines = saidBy(linesOf(await caller.log()));
    expect(collected_data).toMatchObject({ appointment_confirmed: true });
    expect(lines.filter((line) => /booked/.test(line)).length).toBeLessThanOrEqual(2);
    expect(toldTo(caller.model).filter((event) => event.includes('The caller now hears'))).toEqual([]);
  });
});

describe('a call whose first session of the model never opens', () => {
  it('is greeted once, and the second session waits for the caller', { timeout: 90_000 }, async () => {
    const script: Script = { ...SCRIPT, opening: { hang: true, times: 1 } };
    const late = await startTalkingGateway({ script }, {}, { voice, ownVoice: new SlowVoice() });
    await shopIsReady(late);
    const call = late.twilio.call();
    const model = await late.model.session(1);
    await call.untilSpoken(3000);
    const before = await late.live(call.callSid);
    expect(before?.conversation_history).toMatchObject([{ role: 'assistant' }]);
    expect(toldTo(model).join('\n')).toContain('being greeted now');
    expect(toldTo(model).filter((event) => event.includes('response.create'))).toEqual([]);
    await late.takeSteps(call, [{ kind: 'say', words: 'What are your hours' }]);
    await vi.waitFor(async () => {
      const session = await late.live(call.callSid);
      expect(session?.conversation_history.at(-1)?.content).toBe(HOURS);
    });
    await call.hangUp();
  });
});
