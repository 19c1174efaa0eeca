import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamAnnotation } from '../../src/twilio/stream-observer.js';
import { PhoneHouse, type ScriptedAgent, settle } from '../support/phone-house.js';

const PROMPT = { text: 'To book an appointment, press one.'.repeat(12), audio: Buffer.alloc(8000, 0x55) };
const prompt = (agent: ScriptedAgent) => void agent.control.say([PROMPT]);
let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
  house.script = { onStart: prompt, onDigit: prompt };
});
afterEach(async () => {
  await house.memory.close();
  vi.useRealTimers();
});

const dropped = async () => {
  const { values } = await house.metrics.framesDropped.get();
  return values.find(({ labels }) => labels.reason === 'too_many_keys')?.value ?? 0;
};

describe('a caller who presses keys without end', () => {
  it('does not make the session grow, and others are greeted and heard as ever', async () => {
    const stream = await house.call(1);
    stream.socket.send = () => undefined;
    const { session } = house.agent.control;
    const other = await house.call(2);
    await settle(1100);
    other.returnMarks();
    const press = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        for (const digit of '0123456789') stream.press(digit);
        await settle(1000);
      }
    };
    await press(150);
    const third = await house.call(3);
    expect(third.events[0]).toBe('media');
    other.press('2');
    await settle();
    expect(await house.session(2)).toMatchObject({
      conversation_history: [{ content: PROMPT.text }, { content: 'pressed 2' }],
    });
    for (const each of [other, third]) each.stop();
    await press(150);
    expect(Buffer.byteLength(JSON.stringify(session.data))).toBeLessThan(500_000);
    expect(JSON.stringify(await house.session(1)).length).toBeLessThan(500_000);
    // 40 at once, and three a second for five minutes.
    expect(await dropped()).toBeGreaterThan(3000 - 40 - 3 * 300 - 5);
    expect(session.data.conversation_history.at(-1)?.content).toMatch(/^pressed/);
    stream.stop();
    await settle();
    const row = house.recorded.find(({ call_sid }) => call_sid === session.data.call_sid);
    expect(row?.transcript).toHaveLength(1000);
  }, 120_000);

  it('is heard like any other when the keys come no faster than a person means them', async () => {
    const stream = await house.call();
    stream.socket.answersPings = true;
    const digits = '1234567890123456'.split('');
    for (const digit of digits) {
      stream.press(digit);
      await settle(120);
    }
    await settle(5000);
    for (let n = 0; n < 60; n += 1) {
      stream.press('1');
      await settle(400);
    }
    const heard = house.agent.told.filter((what) => what.startsWith('digit'));
    expect(heard).toHaveLength(76);
    expect(heard.slice(0, 16)).toEqual(digits.map((digit) => `digit ${digit}`));
    expect(await dropped()).toBe(0);
    stream.stop();
  });

  it('is not recorded with the keys that are dropped while they are secret', async () => {
    const notes: string[] = [];
    const nothing = () => undefined;
    const note = (each: StreamAnnotation) => notes.push(each.note);
    const observer = { received: nothing, sent: nothing, note, end: nothing };
    house = new PhoneHouse({ recorder: { open: () => observer, finished: nothing } });
    const stream = await house.call();
    house.agent.keysAreSecret = true;
    for (let n = 0; n < 50; n += 1) stream.press('7');
    expect(house.agent.told.filter((what) => what === 'digit 7')).toHaveLength(40);
    expect(notes.filter((each) => each === 'secret_key')).toHaveLength(50);
    stream.stop();
  });
});
