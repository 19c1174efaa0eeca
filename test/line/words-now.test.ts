import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WordsNow } from '../../src/line/fleet.js';
import { PhoneHouse, settle, words } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

let house: PhoneHouse;
let told: WordsNow[];

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
  told = [];
});
afterEach(async () => {
  await house.memory.close();
  vi.useRealTimers();
});

const watch = () => house.line.registry.watchWords((now) => told.push(now));
const turnsOf = (call: number) =>
  house.line.registry.liveSessions.find(({ call_sid }) => call_sid === callSidOf(call))?.conversation_history;

it('tells the words that have been played, four times a second, and no turn of the history has them', async () => {
  const stream = await house.call();
  watch();
  void house.agent.control.say([words('one two three four five six'), words('seven eight')]);
  // A word takes 100 ms.
  for (const heard of ['one two', 'one two three four', 'one two three four five six seven']) {
    await stream.pass(250);
    expect(told.at(-1)).toEqual({ callSid: callSidOf(1), text: heard, turns: 0 });
  }
  expect(told).toHaveLength(3);
  expect(turnsOf(1)).toEqual([]);
  await stream.pass(500);
  stream.returnMarks();
  expect(turnsOf(1)).toMatchObject([{ content: 'one two three four five six seven eight' }]);
  void house.agent.control.say([words('nine ten eleven')]);
  await stream.pass(260);
  expect(told.at(-1)).toEqual({ callSid: callSidOf(1), text: 'nine ten', turns: 1 });
});

it('tells no word that an interruption in that moment would take away, and none behind a mark that is not back', async () => {
  const stream = await house.call();
  watch();
  void house.agent.control.say([words('one two three')]);
  void house.agent.control.say([words('four five six')]);
  await stream.pass(500);
  // The first mark is not back: what plays behind it is not certain.
  expect(told.at(-1)?.text).toBe('one two three');
  stream.press('1');
  expect(turnsOf(1)).toMatchObject([{ content: 'one two three' }, { content: 'pressed 1' }]);
  void house.agent.control.say([words('seven eight nine ten')]);
  await stream.pass(250);
  const shown = told.at(-1)?.text ?? '';
  expect(shown).not.toBe('');
  stream.press('2');
  const cut =
    turnsOf(1)
      ?.filter(({ role }) => role === 'assistant')
      .at(-1)?.content ?? '';
  expect(cut.startsWith(shown)).toBe(true);
});

it('tells nothing while nothing is new, of calls whose agent is silent, and once nobody is told any more', async () => {
  const stream = await house.call(1);
  await house.call(2);
  const stop = watch();
  void house.agents[0]?.control.say([words('one two')]);
  await stream.pass(1000);
  expect(told).toHaveLength(1);
  stream.returnMarks();
  await stream.pass(1000);
  expect(told).toHaveLength(1);
  const before = vi.getTimerCount();
  stop();
  expect(vi.getTimerCount()).toBe(before - 1);
  void house.agents[0]?.control.say([words('three four')]);
  await stream.pass(1000);
  expect(told).toHaveLength(1);
  await settle();
});
