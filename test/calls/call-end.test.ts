import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { PhoneHouse, settle, words } from '../support/phone-house.js';

let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(async () => {
  await house.memory.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('a caller who hangs up', () => {
  it('has heard what their last mark says, also when it is read together with the end of the stream', async () => {
    const stream = await house.call();
    stream.socket.answersClose = false;
    const { control } = house.agent;
    const said = control.say([words('your oil change is booked')]);
    const booked = { appointment_id: 1 };
    const confirmed = { ...booked, appointment_confirmed: true as const };
    control.session.change({ collected_data: booked });
    void said.then(({ completed }) => completed && control.session.change({ collected_data: confirmed }));
    await settle(1500);
    stream.returnMarks();
    stream.stop();
    await settle();
    stream.socket.lose();
    await house.status(1, 'completed');
    await settle();
    expect(house.recorded).toMatchObject([{ confirmed_appointment: 1, callback: null }]);
  });
});

describe('an agent that hangs up', () => {
  it('is heard to its end: the stream closes when the mark is back', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('thank you and goodbye')]);
    house.agent.control.hangUp();
    await settle(1500);
    expect(stream.socket.closes).toEqual([]);
    expect(house.agent.control.session.data.current_state).toBe('completed');
    stream.returnMarks();
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    expect(await house.next(1)).toContain('<Hangup/>');
    expect(house.recorded).toMatchObject([
      { outcome: 'completed', transcript: [{ content: 'thank you and goodbye' }] },
    ]);
    await settle();
    expect(house.memory.size).toBe(0);
  });

  it('ends the stream at once when nothing is left to be heard', async () => {
    const stream = await house.call();
    house.agent.control.hangUp();
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    await settle();
    expect(house.agent.told).toEqual(['start false', 'stop']);
    await house.status(1, 'completed');
    await settle();
  });

  it('does not wait for a mark that never comes: two seconds after the last word it is over', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('one two three four five')]);
    house.agent.control.hangUp();
    await settle(2480);
    expect(stream.socket.closes).toEqual([]);
    await settle(40);
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    await house.status(1, 'completed');
    await settle();
  });

  it('is not cut off while a sentence of its goodbye is still being made', async () => {
    const stream = await house.call();
    let finish: (piece: SpokenPiece) => void = () => undefined;
    const late = new Promise<SpokenPiece>((resolve) => {
      finish = resolve;
    });
    void house.agent.control.say([words('your appointment is booked'), late]);
    house.agent.control.hangUp();
    await settle(3000);
    finish(words('we look forward to seeing you on tuesday at nine in the morning goodbye'));
    await settle(1400);
    expect(stream.socket.closes).toEqual([]);
    stream.returnMarks();
    await settle();
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    await house.next(1);
    expect(house.recorded[0]?.transcript[0]?.content).toMatch(/^your appointment is booked we .* goodbye$/);
    await settle();
  });

  it('is not held up for ever by a sentence that is never made', async () => {
    const stream = await house.call();
    void house.agent.control.say([new Promise<never>(() => undefined)]);
    house.agent.control.hangUp();
    await settle(10_000);
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    await house.status(1, 'completed');
    await settle();
  });

  it('is not held up for ever by words behind an utterance that never ends', async () => {
    const stream = await house.call();
    house.agent.control.open();
    void house.agent.control.say([words('goodbye then')]);
    house.agent.control.hangUp();
    await settle(10_000);
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    await house.status(1, 'completed');
    await settle(10);
  });

  it('cannot be talked back by keys or audio', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('goodbye then')]);
    house.agent.control.hangUp();
    stream.press('1');
    stream.hear();
    house.agent.control.transfer();
    expect(house.agent.told).toEqual(['start false']);
    expect(stream.events).not.toContain('clear');
    expect(house.agent.control.session.data.current_state).toBe('completed');
    stream.returnMarks();
    await settle(400);
    stream.returnMarks();
    await house.next(1);
    await settle();
  });

  it('or hands over leaves the state that the next webhook needs', async () => {
    const stream = await house.call();
    void house.agent.control.say([words('one moment')]);
    house.agent.control.transfer();
    await settle(300);
    stream.returnMarks();
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    const dial = await house.next(1);
    expect(dial).toContain('+15125550100</Dial>');
    expect(await house.next(1)).toBe(dial);
    expect(house.recorded).toMatchObject([{ outcome: 'transferred' }]);
    expect(await house.next(1, { dialStatus: 'completed' })).toContain('<Hangup/>');
    await settle();
  });
});

describe('a caller who hangs up', () => {
  it('in mid-word ends everything at once: recorded with what was heard, session deleted', async () => {
    const stream = await house.call();
    const said = house.agent.control.say([words('we have three times to offer')]);
    await settle(250);
    stream.press('9');
    void house.agent.control.say([words('that is no choice')]);
    await settle(200);
    stream.stop();
    await settle();
    expect(await said).toMatchObject({ completed: false, heardMs: 250, text: 'we have' });
    expect(house.agent.told.at(-1)).toBe('stop');
    expect(house.recorded).toMatchObject([
      {
        outcome: 'hung_up',
        interruptions: 1,
        transcript: [{ content: 'we have' }, { content: 'pressed 9' }, { content: 'that is' }],
        full_transcript: [
          { content: 'we have three times to offer' },
          { content: 'pressed 9' },
          { content: 'that is no choice' },
        ],
      },
    ]);
    expect(house.memory.size).toBe(0);
    expect(house.line.registry.liveCount).toBe(0);
  });

  it('leaves an agent whose late words and changes reach nobody', async () => {
    const stream = await house.call();
    const { control } = house.agent;
    stream.stop();
    const sent = stream.socket.sent.length;
    const heard = await control.say([words('is anybody there')]);
    expect(heard).toMatchObject({ completed: false, heardMs: 0, text: '' });
    const late = control.open();
    late.push(words('hello'));
    late.end();
    control.interrupt();
    control.hangUp();
    control.transfer();
    await settle(5000);
    expect(stream.socket.sent).toHaveLength(sent);
    expect(house.recorded).toHaveLength(1);
    expect(house.memory.size).toBe(0);
  });

  it('does not feel that the agent fails to stop', async () => {
    const onStop = [
      () => Promise.reject(new Error('stuck')),
      () => {
        throw new Error('stuck at once');
      },
    ];
    for (const [i, stop] of onStop.entries()) {
      house.script = { onStop: stop };
      const stream = await house.call(i + 1);
      stream.stop();
      await settle();
    }
    expect(house.recorded).toHaveLength(2);
    expect(house.line.registry.liveCount).toBe(0);
  });
});
