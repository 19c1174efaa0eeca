import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeypadAgent } from '../../src/agents/keypad/keypad-agent.js';
import { silentLogger } from '../../src/core/logger.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { MemoryCallerDesk } from '../support/memory-caller-desk.js';
import { menuContext } from '../support/menu-walks.js';
import {
  expectNothingLeft,
  type FakeStream,
  PhoneHouse,
  type Script,
  type ScriptedAgent,
  settle,
  words,
} from '../support/phone-house.js';
import { createSpokenDetector, frameWith } from '../support/spoken-detector.js';

const MOMENT = 'one moment please';
const ALL = ['start', 'key', 'speech'] as const;
let house: PhoneHouse;
let stream: FakeStream;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  stream.stop();
  await settle();
  if (house.memory.size === 0) await expectNothingLeft(house);
  vi.useRealTimers();
});

/** For the how manieth time in a row the caller was asked to wait, each time. */
let asked: number[];

async function callWith(script: Script, options: ConstructorParameters<typeof PhoneHouse>[0] = {}) {
  asked = [];
  const oneMoment = (nth: number) => {
    asked.push(nth);
    return words(MOMENT);
  };
  house = new PhoneHouse({ createDetector: createSpokenDetector, oneMoment, ...options });
  house.script = { mustRespondAfter: ALL, ...script };
  stream = await house.call();
}

/** Time passes as Twilio lets it: frames come, and each mark comes back when its audio was played. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    await stream.pass(100);
    stream.returnMarks();
  }
}

const say = (text: string) => (agent: ScriptedAgent) => void agent.control.say([words(text)]);
const speak = (type: 'accepted' | 'ended') => stream.hear(frameWith(type));
const history = () => house.agent.control.session.data.conversation_history.map(({ content }) => content);
const moments = () => history().filter((content) => content.includes(MOMENT)).length;

describe('an agent that says nothing when it owes words', () => {
  it('is late after 2 s: the caller is asked to wait a moment, and again after 2 s of silence each time', async () => {
    await callWith({});
    await pass(1900);
    expect(stream.events).toEqual([]);
    await pass(200);
    expect(stream.events[0]).toBe('media');
    await pass(2100);
    expect(asked).toEqual([1]);
    await pass(400);
    expect(asked).toEqual([1, 2]);
    expect(history()).toEqual([MOMENT, MOMENT]);
    const { values } = await house.metrics.lateAgents.get();
    expect(values[0]?.value).toBe(1);
  });

  it('has failed after 6 s, and so has the next after as many: then a person', async () => {
    await callWith({});
    await pass(5900);
    expect(house.agents).toHaveLength(1);
    await pass(200);
    expect(house.agents.map(({ events }) => events)).toEqual([['start false', 'stop'], ['start true']]);
    await pass(6100);
    expect(asked).toEqual([1, 2, 3, 4, 5]);
    expect(house.agent.control.session.data.current_state).toBe('transferring');
    expect(await house.next(1)).toContain('</Dial>');
  });

  it('is followed by one with time of its own, and the wait of the caller goes on: 2 s after the last sound they are asked again', async () => {
    await callWith({});
    await pass(6200);
    expect(house.agents).toHaveLength(2);
    expect(asked).toEqual([1, 2]);
    await pass(800);
    expect(asked).toEqual([1, 2, 3]);
    say('here i am')(house.agent);
    await pass(1000);
    stream.press('1');
    await pass(1900);
    expect(asked).toEqual([1, 2, 3]);
    await pass(700);
    expect(asked).toEqual([1, 2, 3, 1]);
  });

  it('has its time anew when the caller has said something more meanwhile', async () => {
    await callWith({ onStart: say('hello') });
    await pass(1000);
    speak('accepted');
    await pass(500);
    speak('ended');
    await pass(4500);
    speak('accepted');
    await pass(1000);
    speak('ended');
    await pass(5500);
    expect(house.agents).toHaveLength(1);
    await pass(1000);
    expect(house.agents).toHaveLength(2);
  });

  it('is bridged in time however often the caller presses keys meanwhile', async () => {
    await callWith({ onStart: say('hello') });
    await pass(1000);
    for (let n = 0; n < 3; n += 1) {
      stream.press('1');
      await pass(700);
    }
    expect(asked).toEqual([1]);
  });

  it('is late after a key and after speech too, but not while the caller speaks', async () => {
    await callWith({ onStart: say('hello') });
    await pass(5000);
    stream.press('1');
    await pass(1000);
    speak('accepted');
    await pass(3000);
    expect(moments()).toBe(0);
    speak('ended');
    await pass(1900);
    expect(moments()).toBe(0);
    await pass(700);
    expect(moments()).toBe(1);
  });

  it('and comes with it in time after all has not failed', async () => {
    await callWith({});
    await pass(5000);
    say('here i am')(house.agent);
    await pass(20_000);
    expect(history()).toEqual([MOMENT, MOMENT, 'here i am']);
    expect(house.agents).toHaveLength(1);
  });

  it('has failed however often the caller asks again, but is given 2 s each time', async () => {
    await callWith({});
    await pass(3000);
    for (let n = 0; n < 4; n += 1) {
      stream.press('1');
      await pass(1800);
    }
    expect(house.agents).toHaveLength(1);
    await pass(400);
    expect(house.agents).toHaveLength(2);
  });

  it('is found on a line on which somebody never stops talking', async () => {
    await callWith({ onStart: say('hello') });
    await pass(1000);
    speak('accepted');
    speak('ended');
    speak('accepted');
    await pass(28_000);
    expect(moments()).toBe(0);
    await pass(12_000);
    expect(moments()).toBe(1);
    expect(house.agents).toHaveLength(2);
  });

  it('is asked for words when speech was not answered, for it may have been a noise', async () => {
    await callWith({ onStart: say('hello'), onUnanswered: say('what can i do for you') });
    await pass(1000);
    speak('accepted');
    speak('ended');
    await pass(20_000);
    expect(history()).toEqual(['hello', MOMENT, 'what can i do for you']);
    expect(house.agents).toHaveLength(1);
    stream.press('1');
    await pass(3000);
    expect(house.agent.events.filter((event) => event === 'unanswered')).toHaveLength(1);
  });

  it.each<[string, () => Promise<never>]>([
    ['later', () => Promise.reject(new Error('no voice'))],
    [
      'at once',
      () => {
        throw new Error('no voice');
      },
    ],
  ])('is waited for in silence when the voice fails %s', async (_, oneMoment) => {
    await callWith({}, { oneMoment });
    await pass(5900);
    expect(stream.events).toEqual([]);
    await pass(200);
    expect(house.agents).toHaveLength(2);
  });

  it('is not bridged by a word that comes when it has spoken itself', async () => {
    let make: () => void = () => undefined;
    const late = new Promise<ReturnType<typeof words>>((resolve) => {
      make = () => resolve(words(MOMENT));
    });
    await callWith({}, { oneMoment: () => late });
    await pass(2500);
    say('here i am')(house.agent);
    make();
    await pass(2000);
    expect(history()).toEqual(['here i am']);
  });
});

describe('an agent that is not watched', () => {
  it('is one that owes nothing: an echo may be silent for ever', async () => {
    await callWith({ mustRespondAfter: [], onStart: (agent) => void agent.control.open() });
    stream.press('1');
    await pass(60_000);
    expect(house.agents).toHaveLength(1);
    expect(stream.events).toEqual([]);
  });

  it('is one that has spoken: the caller may be silent as long as they like', async () => {
    await callWith({ onStart: say('hello') });
    await pass(120_000);
    expect(history()).toEqual(['hello']);
    expect(house.agents).toHaveLength(1);
  });

  it('is one that says goodbye', async () => {
    await callWith({ onStart: say('hello') });
    await pass(1000);
    stream.press('0');
    house.agent.control.transfer();
    await pass(3000);
    expect(moments()).toBe(0);
    expect(house.agents).toHaveLength(1);
  });
});

describe('an utterance that stops in the middle', () => {
  const begin = (agent: ScriptedAgent) => {
    const utterance = agent.control.open();
    utterance.push(words('which service do'));
    return utterance;
  };

  it('is bridged 2 s after its last word, and its agent has failed after 6 s', async () => {
    await callWith({ onStart: begin });
    await pass(2200);
    expect(asked).toEqual([]);
    await pass(3900);
    expect(house.agents).toHaveLength(1);
    await pass(300);
    expect(history()).toEqual([`which service do ${MOMENT} ${MOMENT}`]);
    expect(house.agents).toHaveLength(2);
  });

  it('is bridged 2 s after its last word, whatever is begun behind it meanwhile', async () => {
    await callWith({ onStart: begin });
    await pass(2000);
    house.agent.control.open();
    await pass(200);
    expect(asked).toEqual([]);
    await pass(400);
    expect(asked).toEqual([1]);
  });

  it('and goes on is heard in the order said, and what was cut off can be said again', async () => {
    let utterance = {} as ReturnType<typeof begin>;
    await callWith({ turnDetection: 'local', onStart: (agent) => (utterance = begin(agent)) });
    await pass(3000);
    utterance.push(words('you need today my friend'));
    utterance.end();
    await stream.pass(240);
    speak('accepted');
    expect(await utterance.heard).toMatchObject({
      text: `which service do ${MOMENT} you need`,
      completed: false,
    });
    expect((await utterance.heard).unheard).toMatchObject([{ text: 'you need today my friend' }]);
    speak('ended');
    await pass(2500);
    expect(house.agent.events.at(-1)).toBe('false start, 1 unheard');
  });

  it('of which nothing came yet is bridged too', async () => {
    await callWith({ onStart: (agent) => void agent.control.say([new Promise(() => undefined)]) });
    await pass(3000);
    expect(stream.events[0]).toBe('media');
    await pass(3200);
    expect(history()).toEqual([`${MOMENT} ${MOMENT}`]);
    expect(house.agents).toHaveLength(2);
  });

  it('is late 2 s after it was begun, not after what was said before', async () => {
    await callWith({ onStart: say('hello') });
    await pass(1900);
    house.agent.control.open();
    await pass(1800);
    expect(moments()).toBe(0);
    expect(stream.events.filter((event) => event === 'media')).toHaveLength(1);
    await pass(400);
    expect(stream.events.filter((event) => event === 'media').length).toBeGreaterThan(1);
  });

  it('is not stopped while the stream is slow to play it', async () => {
    await callWith({ onStart: (agent) => void agent.control.say([words('one '.repeat(50).trim())]) });
    await stream.pass(4000);
    expect(moments()).toBe(0);
  });
});

describe('the word that bridges', () => {
  it('can be cut off like any other, and the agent hears nothing of it', async () => {
    await callWith({ turnDetection: 'local' });
    await stream.pass(2120);
    expect(house.agent.control.session.data.speaking).toBe(true);
    speak('accepted');
    expect(stream.events.at(-1)).toBe('clear');
    expect(history()).toEqual(['one']);
    expect(house.agent.events).toEqual(['start false', 'speech from 2120 ms']);
    expect(house.agent.control.session.data.interruptions).toBe(0);
  });

  it('is heard before what the agent says next, which is told when both are cut off', async () => {
    await callWith({ turnDetection: 'local' });
    await stream.pass(2040);
    say('your car is ready')(house.agent);
    await stream.pass(120);
    speak('accepted');
    expect(house.agent.events).toEqual(['start false', 'interrupted after 0 ms: ', 'speech from 2160 ms']);
    speak('ended');
    await pass(2600);
    expect(house.agent.events.at(-1)).toBe('false start, 1 unheard');
    await pass(1000);
    expect(history().at(-1)).toBe('your car is ready');
  });
});

describe('the touch-tone agent', () => {
  const ONE_MOMENT = 'One moment, please.';

  async function keypadCall(speak: (text: string) => SpokenPiece | Promise<SpokenPiece>) {
    const shop = menuContext(true);
    const desks: MemoryCallerDesk[] = [];
    house = new PhoneHouse({
      createAgent: (control) => {
        const desk = new MemoryCallerDesk([], control);
        desks.push(desk);
        return new KeypadAgent({ control, desk, speak, shop, isBreak: true, logger: silentLogger() });
      },
      oneMoment: () => words(ONE_MOMENT),
    });
    stream = await house.call();
    return desks[0];
  }
  const heard = () =>
    house.line.registry.liveSessions.flatMap(({ conversation_history }) =>
      conversation_history.map(({ content }) => content),
    );
  const count = () => heard().join(' ').split(ONE_MOMENT).length - 1;

  it('bridges a slow desk itself, and the call says it no second time', async () => {
    const desk = await keypadCall(words);
    await pass(6000);
    desk?.stall();
    stream.press('1');
    await pass(4000);
    stream.press('1');
    await pass(9000);
    expect(count()).toBe(1);
    expect(heard().at(-1)).toContain('I cannot reach the appointment book');
  });

  it('is waited for while a code is keyed, however slowly', async () => {
    await keypadCall(words);
    await pass(6000);
    stream.press('2');
    await pass(12_000);
    for (const digit of '999') {
      stream.press(digit);
      await pass(5000);
    }
    expect(count()).toBe(0);
    expect(house.line.registry.liveSessions).toHaveLength(1);
  });

  it('whose voice is slow is bridged by the call, and goes on when its words are made', async () => {
    const make: (() => void)[] = [];
    await keypadCall((text) => new Promise((resolve) => make.push(() => resolve(words(text)))));
    await pass(4000);
    expect(count()).toBe(0);
    expect(stream.events[0]).toBe('media');
    for (const each of make) each();
    await pass(8000);
    expect(count()).toBe(1);
    expect(heard()[0]).toMatch(/^One moment, please\. Thank you for calling/);
  });
});

it('a watched call costs one timer, and none for a frame or a message', async () => {
  await callWith({ onStart: (agent) => void agent.control.say([words('one '.repeat(50).trim())]) });
  await stream.pass(100);
  const before = vi.getTimerCount();
  await stream.pass(1000);
  expect(vi.getTimerCount()).toBe(before);
});
