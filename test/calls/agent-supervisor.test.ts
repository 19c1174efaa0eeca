import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Agent, AgentFailure } from '../../src/agents/agent.js';
import { ResponseWatchdog } from '../../src/calls/response-watchdog.js';
import { SORRY_NOBODY, TROUBLE_WILL_CALL_BACK } from '../../src/line/person-or-sorry.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { counted } from '../support/counted.js';
import {
  expectNothingLeft,
  type FakeStream,
  nobodyToDial,
  PhoneHouse,
  type Script,
  ScriptedAgent,
  settle,
  words,
} from '../support/phone-house.js';

let house: PhoneHouse;
let fallbacks: ScriptedAgent[];
/** What agents made after the first do; null: as `house.script` says. */
let later: Script | null;

beforeEach(() => {
  vi.useFakeTimers();
  fallbacks = [];
  later = null;
  house = houseOf();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A house whose fallback is an agent that greets and answers keys. */
function houseOf(withFallback = true): PhoneHouse {
  const made = new PhoneHouse({
    createAgent: (control) => {
      const script = made.agents.length > 0 && later ? later : made.script;
      const agent = new ScriptedAgent(control, script);
      made.agents.push(agent);
      script.onMade?.(agent);
      return agent;
    },
    createFallbackAgent: withFallback
      ? (control) => {
          const agent = new ScriptedAgent(control, { onStart: say('here are the keys') });
          fallbacks.push(agent);
          return agent;
        }
      : undefined,
  });
  return made;
}

const say = (text: string) => (agent: ScriptedAgent) => void agent.control.say([words(text)]);
const fails = () => {
  throw new TypeError('a fault in an agent');
};
const failures = async () =>
  (await counted(house.metrics.agentFailures)).map(({ labels: { agent, reason } }) => `${agent} ${reason}`);
const history = () => [...house.agents, ...fallbacks].at(-1)?.control.session.data.conversation_history;
const heard = () => history()?.map(({ content }) => content);

async function end(stream: FakeStream): Promise<void> {
  stream.stop();
  await settle(100);
  await expectNothingLeft(house);
}

describe('an agent that fails', () => {
  it('is told how it has failed, and one whose call ends that it has not', async () => {
    const told: unknown[] = [];
    const onStop = async (failure?: AgentFailure) => void told.push(failure);
    house.script = { mustRespondAfter: ['key'], onStop };
    later = { onStop };
    const stream = await house.call();
    stream.press('1');
    await settle(7000);
    expect(told).toEqual(['silent']);
    await end(stream);
    expect(told).toEqual(['silent', undefined]);
  });

  it('is followed by another of its kind in the same stream, which goes on where it was', async () => {
    house.script = { onStart: say('which service do you need') };
    later = { onStart: say('sorry which service') };
    const stream = await house.call();
    const [first] = house.agents;
    stream.press('1');
    first?.control.session.change({ collected_data: { service_type: 'brakes' }, current_state: 'booking' });
    first?.control.fail('lost');
    await settle(1000);
    expect(stream.socket.closes).toEqual([]);
    expect(house.agents.map(({ events }) => events)).toEqual([
      ['start false', 'interrupted after 0 ms: ', 'digit 1', 'stop'],
      ['start true'],
    ]);
    stream.returnMarks();
    expect(house.agent.control.session.data).toMatchObject({
      collected_data: { service_type: 'brakes' },
      current_state: 'booking',
      resumes: 0,
      conversation_history: [{ content: 'pressed 1' }, { content: 'sorry which service' }],
    });
    expect(await failures()).toEqual(['first lost']);
    await end(stream);
  });

  it.each([
    ['throws', fails],
    ['rejects', async () => fails()],
  ])('is found when it %s at a frame of the caller', async (_, pushAudio) => {
    const stream = await house.call();
    house.agent.pushAudio = pushAudio;
    stream.hear();
    await settle();
    expect(await failures()).toEqual(['first threw']);
    expect(house.agents).toHaveLength(2);
    await end(stream);
  });

  it('is found when its timer throws, and its timers are over with it', async () => {
    const stream = await house.call();
    const { control } = house.agent;
    const late = vi.fn();
    control.setTimer(fails, 100);
    control.setTimer(late, 200);
    await settle(300);
    expect(await failures()).toEqual(['first threw']);
    expect(house.agents).toHaveLength(2);
    expect(late).not.toHaveBeenCalled();
    await end(stream);
  });

  it('is found when work rejects that nothing waits for', async () => {
    const stream = await house.call();
    house.agent.control.inBackground(Promise.resolve().then(fails));
    await settle();
    expect(await failures()).toEqual(['first threw']);
    expect(house.agents).toHaveLength(2);
    house.agents[0]?.control.inBackground(Promise.reject(new Error('of an agent that is gone')));
    await settle();
    expect(house.agents).toHaveLength(2);
    await end(stream);
  });

  it('is found when it puts into the session what cannot be stored, and nothing of that is in it', async () => {
    const stream = await house.call();
    const { session } = house.agent.control;
    session.change({ collected_data: { miles: 90_000n } });
    await settle();
    expect(await failures()).toEqual(['first garbage']);
    expect(session.data.collected_data).toEqual({});
    await end(stream);
  });

  it('a second time is followed by the fallback, and the fallback by a person', async () => {
    const stream = await house.call();
    house.agent.control.fail('expired');
    await settle();
    house.agent.control.fail('expired');
    await settle();
    expect(fallbacks[0]?.told).toEqual(['start true']);
    fallbacks[0]?.control.fail('garbage');
    await settle(1000);
    stream.returnMarks();
    expect(house.recorded).toEqual([]);
    expect(await house.next(1)).toContain('>+15125550100</Dial>');
    expect(await failures()).toEqual(['first expired', 'again expired', 'fallback garbage']);
    await expectNothingLeft(house);
  });

  it('without a fallback or a number to dial is followed by an apology and the promise to ring back, which is recorded', async () => {
    house = new PhoneHouse({ createAgent: fails, shopOf: nobodyToDial });
    await house.call();
    await settle();
    expect(await house.next(1)).toContain(`${TROUBLE_WILL_CALL_BACK}</Say><Hangup/>`);
    expect(await failures()).toEqual(['first threw', 'again threw']);
    expect(house.recorded).toMatchObject([{ outcome: 'callback_requested' }]);
    await expectNothingLeft(house);
  });

  it('promises no call-back to a caller whose number is hidden, nor where a person is dialled', async () => {
    house = new PhoneHouse({ createAgent: fails, shopOf: nobodyToDial });
    const hidden = house.connect(await house.voice(1, { from: 'anonymous' }), 1);
    hidden?.start();
    await settle();
    expect(await house.next(1, { from: 'anonymous' })).toContain(`${SORRY_NOBODY}</Say><Hangup/>`);
    expect(house.recorded).toMatchObject([{ outcome: 'transferred' }]);
    await expectNothingLeft(house);
    house = new PhoneHouse({ createAgent: fails });
    await house.call();
    await settle();
    expect(await house.next(1)).toContain('</Dial>');
    expect(house.recorded).toMatchObject([{ outcome: 'transferred' }]);
    await expectNothingLeft(house);
  });

  it('because it is refused is followed by the fallback at once: another of its kind would be refused alike', async () => {
    const stream = await house.call();
    house.agent.control.fail('refused');
    await settle(1000);
    stream.returnMarks();
    expect(house.agents).toHaveLength(1);
    expect(fallbacks).toHaveLength(1);
    expect(heard()).toEqual(['here are the keys']);
    expect(await failures()).toEqual(['first refused']);
    await end(stream);
  });

  it('because it is refused is followed by a person where there is no fallback', async () => {
    house = houseOf(false);
    await house.call();
    house.agent.control.fail('refused');
    await settle(1000);
    expect(house.agents).toHaveLength(1);
    expect(await house.next(1)).toContain('</Dial>');
    await expectNothingLeft(house);
  });

  it('stands in the session and the record with those that follow it, those of one name as one', async () => {
    const named = (name: string) => (control: ScriptedAgent['control']) =>
      Object.assign(new ScriptedAgent(control, {}), { name });
    house = new PhoneHouse({
      createAgent: (control) => {
        const agent = named('realtime')(control);
        house.agents.push(agent);
        return agent;
      },
      createFallbackAgent: named('keypad'),
    });
    const stream = await house.call();
    for (let n = 0; n < 2; n += 1) {
      house.agent.control.fail('lost');
      await settle();
    }
    stream.stop();
    await settle(100);
    expect(house.recorded).toMatchObject([{ agent: 'realtime>keypad', usage: null }]);
    await expectNothingLeft(house);
  });

  it.each<[string, Script, (stream: FakeStream) => void]>([
    ['it is made', { onMade: fails }, () => {}],
    ['it starts', { onStart: fails }, () => {}],
    ['it starts, in a promise', { onStart: async () => fails() }, () => {}],
    ['audio comes', { onAudio: fails }, (stream) => stream.hear()],
    ['a key comes', { onDigit: fails }, (stream) => stream.press('1')],
    ['it is cut off', { onStart: say('one two'), onInterrupted: fails }, (stream) => stream.press('1')],
  ])('when %s reaches nobody else: the stream stays, the next one speaks', async (_, script, provoke) => {
    house.script = script;
    later = { onStart: say('i am still here') };
    const stream = await house.call();
    provoke(stream);
    await settle(1000);
    stream.returnMarks();
    expect(stream.socket.closes).toEqual([]);
    expect(heard()).toContain('i am still here');
    expect(await failures()).toEqual(['first threw']);
    await end(stream);
  });

  it('at its start leaves the keys that were pressed meanwhile to the one that follows', async () => {
    await house.call();
    await settle();
    const createAgent = vi.fn(fails);
    const createFallbackAgent = (control: ScriptedAgent['control']) => {
      const agent = new ScriptedAgent(control, {});
      fallbacks.push(agent);
      return agent;
    };
    const other = new PhoneHouse({ createAgent, createFallbackAgent }, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1)?.start();
    stream?.press('7');
    await settle();
    expect(createAgent).toHaveBeenCalledTimes(2);
    expect(fallbacks[0]?.events).toEqual(['start true', 'digit 7']);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is cut in mid-sentence, and the history keeps what was heard of it', async () => {
    const stream = await house.call();
    const utterance = house.agent.control.open();
    utterance.push(words('we have three times to offer'));
    later = { onStart: say('sorry again') };
    await stream.pass(320);
    house.agent.control.fail('lost');
    await stream.pass(1000);
    expect(stream.events.filter((event) => event === 'clear')).toHaveLength(1);
    stream.returnMarks();
    expect(heard()).toEqual(['we have three', 'sorry again']);
    await end(stream);
  });

  it('is heard out when it had said everything', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('your car is ready')]);
    later = { onStart: say('is there anything else') };
    house.agent.control.fail('expired');
    await settle(2000);
    stream.returnMarks();
    expect(heard()).toEqual(['your car is ready', 'is there anything else']);
    await end(stream);
  });

  it('is heard out in what it had said before, when it was in the middle of what comes next', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('your car is ready')]);
    const next = house.agent.control.open();
    next.push(words('we close at'));
    later = { onStart: say('is there anything else') };
    await stream.pass(200);
    house.agent.control.fail('lost');
    await settle(3000);
    expect(stream.events).not.toContain('clear');
    stream.returnMarks();
    expect(heard()).toEqual(['your car is ready', 'is there anything else']);
    expect(await next.heard).toMatchObject({ completed: false, text: '' });
    await end(stream);
  });

  it('can do nothing to the call any more', async () => {
    const stream = await house.call();
    const { control } = house.agent;
    const open = control.open();
    control.fail('lost');
    await settle();
    const before = house.agent.control.session.data;
    open.push(words('late'));
    open.end();
    control.open().push(words('later'));
    const failing = Promise.reject(new Error('no voice'));
    expect(await control.say([words('two voices'), failing])).toMatchObject({ completed: false, text: '' });
    control.session.change({ current_state: 'completed' });
    control.interrupt();
    control.hangUp();
    control.transfer();
    control.fail('lost');
    await settle(5000);
    expect(stream.events).toEqual([]);
    expect(house.agent.control.session.data).toEqual(before);
    expect(await failures()).toEqual(['first lost']);
    await end(stream);
  });

  it('after a minute of good work is worth another of its kind, however often', async () => {
    const stream = await house.call();
    for (let n = 0; n < 4; n += 1) {
      await settle(61_000);
      house.agent.control.fail('expired');
      await settle();
    }
    expect(house.agents).toHaveLength(5);
    expect(fallbacks).toEqual([]);
    await end(stream);
  });

  it('when it has said goodbye changes nothing: the call ends as it was to', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('goodbye')]);
    house.agent.control.hangUp();
    house.agent.control.fail('lost');
    await settle(300);
    stream.returnMarks();
    await settle();
    expect(house.agents).toHaveLength(1);
    expect(house.agent.told).toEqual(['start false', 'stop']);
    expect(await house.next(1)).toContain('<Response><Hangup/></Response>');
    await expectNothingLeft(house);
  });

  it('in the middle of its goodbye keeps the caller no longer', async () => {
    const stream = await house.call();
    house.agent.control.open().push(words('good'));
    house.agent.control.hangUp();
    house.agent.control.fail('lost');
    await settle(50);
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    expect(await house.next(1)).toContain('<Response><Hangup/></Response>');
    await expectNothingLeft(house);
  });

  it('reaches no other call', async () => {
    const healthy = await house.call(1);
    const [first] = house.agents;
    later = { onStart: fails };
    const broken = await house.call(2);
    await settle();
    expect(first?.told).toEqual(['start false']);
    expect(fallbacks).toHaveLength(1);
    broken.stop();
    await end(healthy);
  });
});

describe('garbage from an agent', () => {
  const garbage: readonly [string, SpokenPiece][] = [
    ['audio of more than ten minutes', { text: 'a', audio: Buffer.alloc(5_000_000) }],
    ['text without end', { text: 'x'.repeat(20_000), audio: Buffer.alloc(160) }],
    ['what is no audio at all', JSON.parse('{"text":"hello","audio":"UklGRg=="}')],
  ];
  it.each(garbage)('is a failure: %s', async (_, piece) => {
    for (const speak of ['say', 'open'] as const) {
      house = houseOf();
      const stream = await house.call();
      const { control } = house.agent;
      if (speak === 'say') void control.say([words('one'), Promise.resolve(piece)]);
      else control.open().push(piece);
      await settle();
      expect(await failures()).toEqual(['first garbage']);
      await end(stream);
    }
  });

  it('is a failure when it never stops coming', async () => {
    const stream = await house.call();
    const flood = house.agent.control.open();
    for (let n = 0; n < 1000; n += 1) flood.push({ text: '', audio: Buffer.alloc(80_000) });
    await settle();
    expect(await failures()).toEqual(['first garbage']);
    await end(stream);
  });

  it('that is no sound is not heard: neither played nor in the history', async () => {
    const stream = await house.call();
    void house.agent.control.say([{ text: 'words without a voice', audio: Buffer.alloc(0) }]);
    const odd = { text: 'an odd end', audio: Buffer.alloc(801, 0x55) };
    void house.agent.control.say([odd]);
    await settle(1000);
    stream.returnMarks();
    expect(heard()).toEqual(['an odd end']);
    await end(stream);
  });
});

describe('a sentence that cannot be made', () => {
  const unmade = () => Promise.reject<SpokenPiece>(new Error('no voice'));

  it('is the failure of an agent that says nothing instead', async () => {
    house.script = { onStart: (agent) => void agent.control.say([unmade()]) };
    later = { onStart: say('i have a voice') };
    const stream = await house.call();
    await settle(1000);
    stream.returnMarks();
    expect(heard()).toEqual(['i have a voice']);
    expect(await failures()).toEqual(['first voice']);
    await end(stream);
  });

  it('is none of an agent that says something else or hands the call over', async () => {
    const answers: readonly ((agent: ScriptedAgent) => void)[] = [
      say('another'),
      (a) => a.control.transfer(),
    ];
    for (const answer of answers) {
      house = houseOf();
      house.script = { onStart: (a) => void a.control.say([unmade()]).catch(() => answer(a)) };
      const stream = await house.call();
      await settle(500);
      expect(await failures()).toEqual([]);
      stream.returnMarks();
      await settle();
      await house.status(1, 'completed');
      await expectNothingLeft(house);
    }
  });
});

describe('what an agent listens to', () => {
  it('may change with the agent: keys first, then speech too', async () => {
    const kinds: Agent['turnDetection'][] = ['keypad', 'local'];
    house = new PhoneHouse({
      createAgent: (control) => {
        const agent = new ScriptedAgent(control, { turnDetection: kinds[house.agents.length] ?? 'local' });
        house.agents.push(agent);
        return agent;
      },
      createDetector: (onEvent) => ({ push: (_, atMs) => onEvent({ type: 'accepted', atMs }) }),
    });
    const stream = await house.call();
    stream.hear();
    house.agent.control.fail('lost');
    await settle();
    stream.hear();
    expect(house.agents.map(({ events }) => events)).toEqual([
      ['start false', 'stop'],
      ['start true', 'speech from 0 ms'],
    ]);
    await end(stream);
  });
});

it('the watch over an agent keeps no process alive', () => {
  vi.useRealTimers();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const playback = { isAwaitingAudio: false, unheardMs: 0, dryAt: 0 };
  const watchdog = new ResponseWatchdog({
    agent: () => null,
    playback,
    guard: (work) => work(),
    onLate: () => undefined,
    onSilent: () => undefined,
  });
  watchdog.expect();
  expect(timers()).toBe(before);
  watchdog.stop();
});
