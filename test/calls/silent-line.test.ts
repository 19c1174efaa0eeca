import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keypadAgents } from '../../src/agents/keypad/keypad-agents.js';
import { silentLogger } from '../../src/core/logger.js';
import { MemoryCallerDesk } from '../support/memory-caller-desk.js';
import { menuContext } from '../support/menu-walks.js';
import { expectNothingLeft, type FakeStream, PhoneHouse, settle } from '../support/phone-house.js';

const IDLE_MS = 15_000;
/** So that prompts are as long as the voice says them, pauses included. */
const WORD_MS = 450;
/** A mark is back so long after it was sent: the lead with which audio goes out. */
const MARK_MS = 300;

let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse({
    createAgent: keypadAgents({
      deskOf: (control) => new MemoryCallerDesk([], control),
      shopOf: () => menuContext(false),
      isNewStream: () => true,
      speak: (text) => ({ text, audio: Buffer.alloc(text.split(' ').length * WORD_MS * 8, 0x55) }),
      logger: silentLogger(),
    }),
    stream: { startTimeoutMs: 5000, idleTimeoutMs: IDLE_MS },
  });
});
afterEach(() => void vi.useRealTimers());

/** The caller is silent on a line that sends no frames then: marks come back, and nothing else. Gives how long no message came at most. */
async function beSilent({ socket, messages }: FakeStream, ms: number): Promise<number> {
  let [returned, since, longest] = [0, performance.now(), 0];
  const until = since + ms;
  while (performance.now() < until && !socket.terminated && socket.closes.length === 0) {
    const { marks } = socket;
    await settle(MARK_MS);
    for (const name of marks.slice(returned)) {
      longest = Math.max(longest, performance.now() - since);
      since = performance.now();
      socket.receive(messages.mark(name));
    }
    returned = marks.length;
  }
  return longest;
}

describe('a touch-tone call on a line that sends no frames in silence', () => {
  it('hears every prompt to its end and the goodbye, in one stream', async () => {
    const stream = await house.call();
    stream.socket.answersPings = true;
    const longest = await beSilent(stream, 120_000);
    expect(longest).toBeGreaterThan(IDLE_MS);
    expect(stream.socket.terminated).toBe(false);
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    expect(await house.next(1)).toContain('<Hangup/>');
    const [call] = house.recorded;
    expect(call?.transcript.filter(({ interrupted }) => interrupted)).toEqual([]);
    expect(call?.transcript.length).toBeGreaterThanOrEqual(4);
    await house.status(1, 'completed');
    await expectNothingLeft(house);
  });

  it('is given up after the idle time when nobody answers our pings', async () => {
    const stream = await house.call();
    const from = performance.now();
    await settle(IDLE_MS - 20);
    expect(stream.socket.terminated).toBe(false);
    await settle(21);
    expect([stream.socket.terminated, performance.now() - from]).toEqual([true, IDLE_MS + 1]);
    await house.status(1, 'completed');
    await settle(1000);
    await expectNothingLeft(house);
  });

  it('is given up when its peer answers pings and returns no mark', async () => {
    const stream = await house.call();
    stream.socket.answersPings = true;
    await settle(60_000);
    expect(stream.socket.terminated).toBe(true);
    await house.status(1, 'completed');
    await expectNothingLeft(house);
  });
});
