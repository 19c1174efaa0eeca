import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLER, PhoneHouse, type ScriptedAgent, settle, words } from '../support/phone-house.js';
import { callSidOf, StreamMessages, streamSidOf } from '../support/stream-messages.js';

const GREETING = 'welcome to the shop press one';
const greet = { onStart: (agent: ScriptedAgent) => void agent.control.say([words(GREETING)]) };
let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(async () => {
  await house.memory.close();
  vi.useRealTimers();
});

describe('a call that begins', () => {
  it('greets in the turn in which its start comes, waiting for nothing', async () => {
    house.script = greet;
    const twiml = await house.voice(1);
    const release = house.store.hold();
    const stream = house.connect(twiml, 1)?.start();
    expect(stream?.events).toEqual(['media', 'media']);
    expect(house.agent.told).toEqual(['start false']);
    expect(house.agent.control.session.data).toMatchObject({ speaking: true, current_state: 'greeting' });
    expect(house.agent.control.caller).toMatchObject({ phone: CALLER, attested: false });
    release();
  });

  it('is in the store at the end of the turn, as the contract shapes it', async () => {
    const stream = await house.call();
    await settle();
    expect(await house.session()).toMatchObject({
      call_sid: callSidOf(1),
      stream_sid: stream.messages.streamSid,
      caller_phone: CALLER,
      customer_id: null,
      conversation_history: [],
      current_state: 'greeting',
      collected_data: {},
      intent: null,
      speaking: false,
    });
  });

  it('has what was said in its order though the clock is set back meanwhile', async () => {
    house.script = greet;
    const stream = await house.call();
    await settle(1000);
    stream.returnMarks();
    stream.press('1');
    vi.setSystemTime(Date.now() - 3_600_000);
    await settle(20);
    void house.agent.control.say([words('which service')]);
    await settle(500);
    stream.returnMarks();
    await settle(20);
    stream.press('2');
    const { conversation_history } = house.agent.control.session.data;
    expect(conversation_history.map(({ content }) => content)).toEqual([
      GREETING,
      'pressed 1',
      'which service',
      'pressed 2',
    ]);
    await house.agent.stop();
  });

  it('is read later where its agent has no use for the audio yet, and as it comes while something is said', async () => {
    const { socket, ...stream } = await house.call();
    const { control } = house.agent;
    control.audioMayWait(60);
    expect(socket.readLaterMs).toBe(60);
    void control.say([words(GREETING)]);
    control.audioMayWait(40);
    expect(socket.readLaterMs).toBe(60);
    await settle(600);
    for (const name of socket.marks) socket.receive(stream.messages.mark(name));
    control.audioMayWait(40);
    expect(socket.readLaterMs).toBe(40);
    await house.agent.stop();
  });

  it('is closed with 1008 when its start names another call, and leaves nothing', async () => {
    const stream = house.connect(await house.voice(1), 1);
    const stranger = new StreamMessages(streamSidOf(9), callSidOf(2));
    stream?.socket.receive(stranger.start());
    await settle();
    expect(stream?.socket.closes).toMatchObject([{ code: 1008 }]);
    expect(house.agents).toEqual([]);
    expect(house.line.registry.liveCount).toBe(0);
    expect(house.memory.size).toBe(0);
  });

  it('learns its customer when the lookup is done, and not when the call is over by then', async () => {
    const customer = { id: 7, phone_number: CALLER, first_name: 'Ann', last_name: 'Lee', email: null };
    const found = { ...customer, vehicles: [], upcoming_appointments: [], last_service_date: null };
    let answer: (value: typeof found) => void = () => undefined;
    const lookUp = () => new Promise<typeof found>((resolve) => (answer = resolve));
    house = new PhoneHouse({ lookUp });
    await house.call(1);
    answer(found);
    await settle();
    expect(house.agent.control.session.data.customer_id).toBe(7);
    expect(await house.agent.control.caller.customer).toEqual(found);
    const late = await house.call(2);
    late.socket.lose();
    answer(found);
    await settle();
    expect(house.agent.control.session.data.customer_id).toBeNull();
  });
});

describe('a call that goes on', () => {
  it('brings audio and keys to its agent in the order they come', async () => {
    const stream = await house.call();
    stream.hear();
    stream.press('4');
    stream.hear(Buffer.alloc(80));
    expect(house.agent.told).toEqual(['start false', 'audio 160', 'digit 4', 'audio 80']);
    expect(house.agent.control.session.data.conversation_history).toMatchObject([
      { role: 'user', content: 'pressed 4' },
    ]);
  });

  it('keeps that a key was pressed, not which, while its agent says that keys are secret', async () => {
    const stream = await house.call();
    house.agent.keysAreSecret = true;
    stream.press('7');
    house.agent.keysAreSecret = false;
    stream.press('2');
    stream.stop();
    await settle();
    expect(house.agent.told).toEqual(expect.arrayContaining(['digit 7', 'digit 2']));
    const turns = [{ content: 'pressed a key' }, { content: 'pressed 2' }];
    expect(house.recorded).toMatchObject([{ transcript: turns, full_transcript: turns }]);
  });

  it('is interrupted by a key: Twilio told, history cut, agent told before the key', async () => {
    house.script = greet;
    const stream = await house.call();
    await settle(250);
    stream.press('1');
    expect(stream.events.at(-1)).toBe('clear');
    expect(house.agent.told).toEqual(['start false', 'interrupted after 250 ms: welcome to', 'digit 1']);
    expect(house.agent.control.session.data).toMatchObject({
      speaking: false,
      interruptions: 1,
      conversation_history: [
        { role: 'assistant', content: 'welcome to', interrupted: true },
        { role: 'user', content: 'pressed 1' },
      ],
    });
    const { values } = await house.metrics.interruptions.get();
    expect(values).toMatchObject([{ labels: { by: 'key' }, value: 1 }]);
  });

  it('is not interrupted by a key while nothing plays, but what waits is forgotten', async () => {
    const stream = await house.call();
    const waiting = house.agent.control.say([new Promise(() => undefined)]);
    stream.press('1');
    stream.press('2');
    expect(stream.events).toEqual([]);
    expect(house.agent.told).toEqual(['start false', 'digit 1', 'digit 2']);
    expect(house.agent.control.session.data.interruptions).toBe(0);
    expect(await waiting).toMatchObject({ completed: false, heardMs: 0, text: '' });
  });

  it('is speaking from the first audio until the mark is back', async () => {
    house.script = greet;
    const stream = await house.call();
    await settle(600);
    expect(stream.events.at(-1)).toBe('mark');
    expect(house.agent.control.session.data).toMatchObject({ speaking: true, conversation_history: [] });
    stream.returnMarks();
    expect(house.agent.control.session.data).toMatchObject({
      speaking: false,
      conversation_history: [{ role: 'assistant', content: GREETING }],
    });
    await settle();
    expect(await house.session()).toMatchObject({ speaking: false });
  });

  it('can be interrupted by its agent as by a key', async () => {
    house.script = greet;
    const stream = await house.call();
    await stream.pass(220);
    house.agent.control.interrupt();
    house.agent.control.interrupt();
    expect(house.agent.events).toEqual(['start false', 'interrupted after 200 ms: welcome']);
    const { values } = await house.metrics.interruptions.get();
    expect(values).toMatchObject([{ labels: { by: 'agent' }, value: 1 }]);
  });

  it('measures the greeting once', async () => {
    house.script = greet;
    const stream = await house.call();
    await settle(600);
    stream.returnMarks();
    void house.agent.control.say([words('more')]);
    const { values } = await house.metrics.greetingDelay.get();
    expect(values.find(({ metricName }) => metricName?.endsWith('_count'))?.value).toBe(1);
  });
});
