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
  vi.useRealTimers();
});

async function talking() {
  const stream = await house.call();
  return { stream, control: house.agent.control, sent: () => stream.events };
}

describe('what an agent says', () => {
  it('goes out in the same turn as far as it is ready', async () => {
    const { control, sent } = await talking();
    void control.say([null, words('one'), Promise.resolve(words('two'))]);
    expect(sent()).toEqual(['media']);
    await settle();
    expect(sent()).toEqual(['media', 'media', 'mark']);
  });

  it('comes in the order said, however late a sentence is', async () => {
    const { stream, control } = await talking();
    let finish: (piece: SpokenPiece) => void = () => undefined;
    const late = new Promise<SpokenPiece>((resolve) => {
      finish = resolve;
    });
    const first = control.say([words('one'), late]);
    const second = control.say([words('three')]);
    await settle(500);
    expect(stream.events).toEqual(['media']);
    finish(words('two'));
    await settle(500);
    stream.returnMarks();
    expect(await first).toEqual(expect.objectContaining({ completed: true, heardMs: 200, text: 'one two' }));
    expect(await second).toEqual(expect.objectContaining({ completed: true, text: 'three' }));
    const { conversation_history } = control.session.data;
    expect(conversation_history.map(({ content }) => content)).toEqual(['one two', 'three']);
  });

  it('fails when a sentence cannot be made, after what came before it was played', async () => {
    const { stream, control } = await talking();
    const said = control.say([words('one'), Promise.reject(new Error('no voice')), words('never')]);
    const outcome = expect(said).rejects.toThrow('no voice');
    await settle(200);
    await outcome;
    stream.returnMarks();
    expect(control.session.data.conversation_history).toMatchObject([{ content: 'one' }]);
    expect(stream.events).toEqual(['media', 'mark']);
  });

  it('settles at once when it is cut off, and a sentence that fails later disturbs nobody', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { stream, control } = await talking();
    let fail: (error: Error) => void = () => undefined;
    const late = new Promise<SpokenPiece>((_, reject) => {
      fail = reject;
    });
    const said = control.say([words('one two three'), late, Promise.reject(new Error('later still'))]);
    await stream.pass(120);
    control.interrupt();
    expect(await said).toMatchObject({ completed: false, heardMs: 100, text: 'one' });
    fail(new Error('too late'));
    await settle();
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('that is nothing is over at once and leaves no turn', async () => {
    const { control, sent } = await talking();
    expect(await control.say([])).toMatchObject({ completed: true, heardMs: 0, text: '' });
    expect(await control.say([null, Promise.resolve(null)])).toMatchObject({ completed: true });
    expect(sent()).toEqual([]);
    expect(control.session.data.conversation_history).toEqual([]);
  });

  it('may come as it is made, and late pieces of a cut utterance are dropped', async () => {
    const { stream, control, sent } = await talking();
    const utterance = control.open();
    utterance.push(words('as it'));
    utterance.push(words('is made'));
    await stream.pass(320);
    control.interrupt();
    utterance.push(words('never heard'));
    utterance.end();
    await settle(1000);
    expect(sent().at(-1)).toBe('clear');
    expect(await utterance.heard).toMatchObject({ completed: false, heardMs: 300, text: 'as it is' });
    expect(control.session.data.conversation_history).toMatchObject([
      { role: 'assistant', content: 'as it is', interrupted: true },
    ]);
  });

  it('keeps the time at which it began to be heard', async () => {
    const { stream, control } = await talking();
    const begin = Date.now();
    void control.say([words('one two three four')]);
    void control.say([words('five')]);
    await settle(1000);
    stream.returnMarks();
    const times = control.session.data.conversation_history.map(
      ({ timestamp }) => Date.parse(timestamp) - begin,
    );
    expect(times[0]).toBe(0);
    expect(times[1]).toBeGreaterThan(100);
    expect(times[1]).toBeLessThanOrEqual(400);
  });
});
