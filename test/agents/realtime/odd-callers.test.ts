import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Script } from '../../../packages/realtime-simulator/src/script/script.js';
import { NOTHING_DONE } from '../../../src/agents/realtime/spoken-claims.js';
import { SharedVoice } from '../../support/shared-voice.js';
import { newCallSid, postSigned, voiceForm } from '../../support/signed-request.js';
import { linesOf, quickSpeech, TalkingCaller, toldTo } from '../../support/talking-caller.js';
import { startTalkingGateway, type TalkingGateway } from '../../support/talking-gateway.js';
import { shopIsReady, TRANSFER_NUMBER } from '../../support/test-gateway.js';

const SCRIPT: Script = {
  rules: [
    { when: { hears: 'person' }, do: [{ call: 'transfer_to_person' }] },
    { when: { output: 'transfer_to_person', says: 'NOT' }, do: [{ say: 'Nobody can come to the phone.' }] },
    { when: { hears: 'message' }, do: [{ call: 'leave_message', arguments: { message: 'Ring back.' } }] },
    {
      when: { output: 'leave_message', says: 'the shop will call back' },
      do: [{ say: "You're all set, I have passed that on." }],
    },
    { when: { output: 'leave_message' }, capture: { all: '/^[^.]+/' }, do: [{ say: '$all.' }] },
    { when: { hears: 'long story' }, do: [{ say: 'once upon a time '.repeat(60) }] },
    {
      when: { hears: 'oil change' },
      do: [{ call: 'find_open_times', arguments: { service: 'oil_change', part_of_day: 'morning' } }],
    },
    {
      when: { hears: 'brakes' },
      do: [{ call: 'find_open_times', arguments: { service: 'brakes', part_of_day: 'afternoon' } }],
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
    {
      when: { output: 'book_appointment' },
      capture: { all: '/"(.+?)"|^NOT [^.]+/' },
      do: [{ say: '$all' }],
    },
    { when: { item: 'pressed 4 2' }, do: [{ say: 'You pressed forty-two.' }] },
    {
      when: { hears: 'nothing more' },
      do: [{ say: 'It was a pleasure. '.repeat(12) }, { call: 'end_call' }],
    },
    { when: { hears: 'bye' }, do: [{ say: 'Goodbye.' }, { call: 'end_call' }] },
  ],
};

const ends: (() => Promise<void>)[] = [];
const whenFinished = (end: () => Promise<void>) => void ends.push(end);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

let gateway: TalkingGateway;
/** Its model takes 1.5 s to be ready, and nobody comes to its phone. */
let slow: TalkingGateway;
beforeAll(async () => {
  const voice = new SharedVoice();
  const options = { voice, whenFinished };
  // Callers at the same time take no time from each other.
  const bays = { SHOP_BAYS: '20' };
  gateway = await startTalkingGateway({ script: SCRIPT, speak: quickSpeech }, bays, options);
  slow = await startTalkingGateway(
    { script: { ...SCRIPT, opening: { createdAfterMs: 1500 } }, speak: quickSpeech, keepAudio: true },
    { TRANSFER_NUMBER: '', DATABASE_URL: 'postgres://127.0.0.1:1/none' },
    options,
  );
  await shopIsReady(gateway);
});

/** A caller's number that no other call has. */
let numbers = 150;
const ring = (options: Parameters<typeof TalkingCaller.ring>[1] = {}, at = gateway) => {
  numbers += 1;
  return TalkingCaller.ring(at, { from: `+15125550${numbers}`, stir: null, ...options });
};
const bookedBy = async ({ from }: TalkingCaller) => {
  const path = '/api/appointments?from=2020-01-01&limit=200';
  const { appointments } = await gateway.get<{ appointments: Record<string, unknown>[] }>(path);
  return appointments.filter(({ caller_phone, status }) => caller_phone === from && status === 'booked');
};
/** Settles when the model's session of this caller is closed: nothing is paid for that nobody hears. */
const closed = (caller: TalkingCaller) => vi.waitFor(() => expect(caller.model.isOpen).toBe(false));

// A machine that stands still cuts what the caller says in two.
describe.concurrent('a caller who', { timeout: 180_000, retry: 2 }, () => {
  it('hides the number can book, is not offered to be called back, and leaves no name', async () => {
    const caller = await ring({ from: 'anonymous' });
    await caller.says('I would like to leave a message');
    await caller.says('Then an oil change');
    await caller.says('yes');
    await caller.says('bye');
    const log = await caller.log();
    expect(linesOf(log)).toEqual(
      expect.arrayContaining([
        'function: leave_message: refused',
        'assistant: NOT noted: this caller shows no number that the shop could call.',
      ]),
    );
    expect(toldTo(caller.model).join('\n')).toContain('shows no number');
    expect(log).toMatchObject({ caller_phone: 'anonymous', customer_id: null, outcome: 'booked' });
    expect(await bookedBy(caller)).toMatchObject([{ customer_id: null }]);
    expect(gateway.model.breaches).toEqual([]);
  });

  it('hangs up in the middle of a word leaves a record, and no session of the model', async () => {
    const caller = await ring();
    await caller.call.untilSpoken(300);
    const speech = caller.speaks('I need an');
    await caller.model.until('input_audio_buffer.speech_started');
    await caller.hangsUp();
    await speech.catch(() => undefined);
    await closed(caller);
    expect(await caller.log()).toMatchObject({ outcome: 'abandoned', agent: 'realtime' });
    expect(await gateway.live(caller.call.callSid)).toBeUndefined();
  });

  it('hangs up during the greeting leaves no session of the model', async () => {
    const caller = await ring();
    await caller.call.untilSpeaking();
    await caller.hangsUp();
    await closed(caller);
    const log = await caller.log();
    expect(log.outcome).toBe('abandoned');
  });

  it('hangs up while a function books has one appointment at most, and no session of the model', async () => {
    const caller = await ring();
    await caller.says('An oil change');
    await caller.says('yes');
    await caller.model.until('response.function_call_arguments.done', 2);
    await caller.hangsUp();
    await closed(caller);
    expect(linesOf(await caller.log()).join()).not.toContain('booked');
    expect((await bookedBy(caller)).length).toBeLessThanOrEqual(1);
  });

  it('presses keys while the model speaks is heard, and the model goes on from the keys', async () => {
    const caller = await ring();
    await caller.says('Tell me a long story');
    await caller.call.untilSpeakingFor(1500);
    caller.call.press('4');
    caller.call.press('2');
    await caller.says('bye');
    const log = await caller.log();
    const lines = linesOf(log);
    expect(caller.call.record.clears.length).toBeGreaterThanOrEqual(1);
    expect(lines).toContain('assistant: You pressed forty-two.');
    const story = log.transcript.find(({ content }) => content.startsWith('once upon'));
    expect(story).toMatchObject({ interrupted: true });
    expect(story?.content.length).toBeLessThan(400);
    expect(lines.filter((line) => line.startsWith('user: pressed'))).toEqual([
      'user: pressed 4',
      'user: pressed 2',
    ]);
  });

  it('books twice has two appointments, and hears of each', async () => {
    const caller = await ring();
    for (const wish of ['An oil change', 'And something for the brakes']) {
      await caller.says(wish);
      await caller.says('yes');
    }
    await caller.says('bye');
    const log = await caller.log();
    const services = (await bookedBy(caller)).map(({ service_type }) => service_type);
    expect(services.sort()).toEqual(['brakes', 'oil_change']);
    const said = linesOf(log).filter((line) => /^assistant: Your .+ is booked/.test(line));
    expect(said).toHaveLength(2);
    expect(log.outcome).toBe('booked');
  });

  it('speaks into the goodbye goes on with the call', async () => {
    const caller = await ring();
    await caller.says('nothing more');
    await caller.breaksIn('Oh wait I would like to leave a message');
    await caller.says('bye');
    const log = await caller.log();
    expect(linesOf(log)).toEqual(
      expect.arrayContaining(['function: leave_message: done', 'assistant: Goodbye.']),
    );
    expect(linesOf(log)).not.toContain(`assistant: ${NOTHING_DONE}`);
    expect(log.transcript.find(({ content }) => content.startsWith('It was'))).toMatchObject({
      interrupted: true,
    });
    expect(log.outcome).toBe('callback_requested');
    expect(caller.call.record.outcome).toEqual({ kind: 'hangup' });
  });

  it('asks for a person is put through', async () => {
    const caller = await ring();
    await caller.says('I want to talk to a person');
    const log = await caller.log();
    expect(log.outcome).toBe('transferred');
    expect(caller.call.record.outcome).toEqual({ kind: 'dial', number: TRANSFER_NUMBER });
    expect(linesOf(log)).toContain('function: transfer_to_person: done');
  });
});

describe.concurrent('on a line whose model is slow and at which nobody can come to the phone, a caller who', {
  timeout: 180_000,
  retry: 2,
}, () => {
  it('asks for a person is told so, and may leave a message', async () => {
    const caller = await ring({}, slow);
    await caller.says('I want to talk to a person');
    await caller.says('I would like to leave a message');
    await caller.call.untilSpoken(300);
    const session = await slow.live(caller.call.callSid);
    await caller.hangsUp();
    const lines = session?.conversation_history.map(({ role, content }) => `${role}: ${content}`);
    expect(lines).toEqual(
      expect.arrayContaining([
        'function: transfer_to_person: refused',
        'assistant: Nobody can come to the phone.',
        'function: leave_message: done',
      ]),
    );
    expect(session?.collected_data.callback_requested).toBe(true);
  });

  it('speaks before the model is ready loses no word: it is given all of it, in order, from the first frame on', async () => {
    const caller = await ring({}, slow);
    await caller.call.untilSpeaking();
    await caller.speaks('I want to talk to a person');
    await caller.model.until('response.done');
    await caller.call.untilSpoken(300);
    await caller.hangsUp();
    const sent = caller.call.record.callerAudio();
    const given = caller.model.heard;
    const begin = sent.indexOf(given.subarray(0, 160 * 20));
    // The model was ready after 1.5 s.
    expect(given.length).toBeGreaterThan(8 * 2000);
    const start = sent.findIndex((byte) => byte !== 0xff);
    const heardFrom = given.findIndex((byte) => byte !== 0xff);
    expect(begin).toBeGreaterThanOrEqual(0);
    const speech = sent.subarray(start, start + given.length - heardFrom);
    expect(given.subarray(heardFrom).equals(speech.subarray(0, given.length - heardFrom))).toBe(true);
  });

  it('hangs up before the model is ready leaves no session of it', async () => {
    const caller = await ring({}, slow);
    await caller.call.untilSpeaking();
    await caller.hangsUp();
    await closed(caller);
    expect(await slow.live(caller.call.callSid)).toBeUndefined();
  });

  it('wants to book while the appointment book is out of reach is told so', async () => {
    const caller = await ring({}, slow);
    await caller.says('An oil change');
    await vi.waitFor(async () => {
      const session = await slow.live(caller.call.callSid);
      const lines = session?.conversation_history.map(({ content }) => content);
      expect(lines).toContain('find_open_times: failed');
    });
    await caller.hangsUp();
    expect(toldTo(caller.model).join('\n')).toContain('The appointment book does not answer');
  });
});

describe('a call that Twilio announces again', { timeout: 180_000, retry: 2 }, () => {
  const announce = (form: Record<string, string>) => postSigned(gateway, '/twilio/voice', voiceForm(form));

  it('has one session of the model and one answer, before its stream and during it', async () => {
    const before = gateway.model.sessions.length;
    const form = { CallSid: newCallSid(), From: '+15125550149' };
    const answers = [await announce(form), await announce(form)];
    expect(answers[0]?.text).toContain('<Stream');
    expect(answers[1]?.text).toBe(answers[0]?.text);
    await gateway.model.session(before + 1);
    const caller = await ring();
    await caller.call.untilSpeaking();
    await announce({ CallSid: caller.call.callSid, From: caller.from });
    await caller.says('bye');
    await caller.log();
    expect(gateway.model.sessions).toHaveLength(before + 2);
  });
});
