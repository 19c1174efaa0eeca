import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvent, FleetAnswer } from '../../src/line/fleet.js';
import { MemoryFleet } from '../../src/line/memory-fleet.js';
import {
  expectNothingLeft,
  type FakeStream,
  nobodyToDial,
  PhoneHouse,
  settle,
  tokenOf,
  words,
} from '../support/phone-house.js';
import { runs } from '../support/property-runs.js';
import { callSidOf } from '../support/stream-messages.js';

let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(async () => {
  vi.useRealTimers();
});

describe('the end of a call', () => {
  type Act = 'stop' | 'lose' | 'completed' | 'completed again' | 'next' | 'wait' | 'key';
  const act = async (name: Act, stream: FakeStream): Promise<void> => {
    if (name === 'stop') stream.stop();
    if (name === 'lose') stream.socket.lose();
    if (name === 'key') stream.press('1');
    if (name === 'wait') await settle(500);
    if (name === 'next') await house.next(1, { callStatus: 'completed' });
    if (name.startsWith('completed')) await house.status(1, 'completed');
  };

  it('is recorded exactly once, in whatever order its signs come', async () => {
    const acts: Act[] = ['stop', 'lose', 'completed', 'completed again', 'next', 'wait', 'key'];
    const orders = fc.shuffledSubarray(acts, { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(orders, fc.boolean(), async (order, together) => {
        house = new PhoneHouse();
        const stream = await house.call();
        if (together) await Promise.all(order.map((name) => act(name, stream)));
        else for (const name of order) await act(name, stream);
        if (!order.some((name) => name !== 'wait' && name !== 'key')) await act('stop', stream);
        await settle(60_010);
        expect(house.recorded.map(({ call_sid }) => call_sid)).toEqual([callSidOf(1)]);
        await expectNothingLeft(house);
      }),
      { numRuns: runs(300) },
    );
  });

  it('lasts as long as it did, and ends after what was said last, though the clock is set back meanwhile', async () => {
    for (const end of ['here', 'between two streams'] as const) {
      house = new PhoneHouse();
      const stream = await house.call();
      await settle(60_000);
      stream.press('1');
      vi.setSystemTime(Date.now() - 600_000);
      await settle(5000);
      stream.press('2');
      await settle(5000);
      if (end === 'here') stream.stop();
      else stream.socket.lose();
      await house.status(1, 'completed');
      await settle();
      const [row] = house.recorded;
      expect(row?.duration_ms).toBe(70_000);
      expect(Date.parse(row?.ended_at ?? '') - Date.parse(row?.started_at ?? '')).toBe(70_000);
      expect(row?.transcript.at(-1)?.timestamp).toBe(
        new Date(Date.parse(row?.ended_at ?? '') - 5000).toISOString(),
      );
      await expectNothingLeft(house);
    }
  });

  it('is after what was said last at a gateway whose clock is behind', async () => {
    const stream = await house.call();
    await settle(60_000);
    stream.press('1');
    await settle();
    await house.line.registry.releaseAll('the gateway stops');
    vi.setSystemTime(Date.now() - 5000);
    const other = new PhoneHouse({}, house);
    await other.status(1, 'completed');
    await settle();
    const [row] = other.recorded;
    expect(row?.ended_at).toBe(row?.transcript.at(-1)?.timestamp);
    expect(row?.duration_ms).toBe(60_000);
    await expectNothingLeft(house);
  });

  it('is recorded once by two callbacks at a gateway that knows the call from the store alone', async () => {
    const stream = await house.call();
    stream.press('1');
    await settle();
    await house.line.registry.releaseAll('the gateway stops');
    const other = new PhoneHouse({}, house);
    await Promise.all([
      other.status(1, 'completed'),
      other.next(1, { callStatus: 'completed' }),
      other.status(1, 'failed'),
    ]);
    expect(other.recorded).toMatchObject([{ outcome: 'hung_up', transcript: [{ content: 'pressed 1' }] }]);
    await expectNothingLeft(house);
  });

  it('that comes as its stream opens closes it, though another gateway has finished the call', async () => {
    const fleet = new MemoryFleet();
    let answer: (answered: FleetAnswer) => void = () => undefined;
    vi.spyOn(fleet, 'ask').mockReturnValue(new Promise((resolve) => (answer = resolve)));
    house = new PhoneHouse({ fleet });
    const stream = house.connect(await house.voice(1), 1);
    const told = house.status(1, 'completed');
    stream?.start();
    await settle();
    answer('done');
    await told;
    await settle();
    expect(stream?.socket.closes).toEqual([{ code: 1001, reason: 'this call is over' }]);
    expect(house.recorded).toEqual([]);
    await expectNothingLeft(house);
  });

  it('that comes before the stream keeps the stream out', async () => {
    const stream = house.connect(await house.voice(1), 1);
    await house.status(1, 'canceled');
    stream?.start();
    await settle();
    expect(stream?.socket.closes).toEqual([{ code: 1000, reason: 'this call is over' }]);
    expect(house.agents).toEqual([]);
    await expectNothingLeft(house);
  });

  it('does not stay hidden by calls that follow, back to back and interleaved', async () => {
    house = new PhoneHouse({ maxCalls: 1000 });
    for (let round = 0; round < 20; round += 1) {
      const calls = [1, 2, 3].map((i) => round * 3 + i);
      const streams = await Promise.all(calls.map((call) => house.call(call)));
      for (const stream of streams) stream.press('1');
      for (const stream of streams) stream.stop();
    }
    await settle();
    expect(house.recorded).toHaveLength(60);
    expect(new Set(house.recorded.map(({ call_sid }) => call_sid)).size).toBe(60);
    await expectNothingLeft(house);
  });
});

describe('whoever drains', () => {
  it('is told when the last call has ended, however it ended', async () => {
    const ends: ((stream: FakeStream, call: number) => unknown)[] = [
      (stream) => stream.stop(),
      (stream) => stream.socket.lose(),
      (_stream, call) => house.status(call, 'completed'),
    ];
    for (const [i, end] of ends.entries()) {
      const [one, two] = [await house.call(2 * i + 1), await house.call(2 * i + 2)];
      let told = 0;
      const waiting = [1, 2].map(() => house.line.registry.untilEmpty().then(() => (told += 1)));
      await end(one, 2 * i + 1);
      await settle();
      expect(told).toBe(0);
      await end(two, 2 * i + 2);
      await Promise.all(waiting);
      expect(told).toBe(2);
    }
    await house.line.registry.untilEmpty();
    await settle(60_010);
    await expectNothingLeft(house);
  });

  it('waits for calls on their way here: invited, or between two streams', async () => {
    let told = 0;
    const waiting = async () => house.line.untilEmpty().then(() => (told += 1));
    const twiml = await house.voice(1);
    void house.line.drain();
    const drained = waiting();
    await settle(4000);
    expect(told).toBe(0);
    expect(house.line.mayEnter(tokenOf(twiml))).toBe(true);
    const stream = house.connect(twiml, 1);
    stream?.start();
    await settle(6000);
    stream?.socket.lose();
    await settle(1000);
    expect(told).toBe(0);
    const again = await house.next(1);
    expect(house.line.mayEnter(tokenOf(again))).toBe(true);
    const resumed = house.connect(again, 1);
    resumed?.start();
    await settle(2000);
    expect(told).toBe(0);
    resumed?.stop();
    await settle(50);
    await drained;
    expect(told).toBe(1);
    await expectNothingLeft(house);
  });

  it('waits until a caller whose stream has ended was told what comes next, however slow the store is', async () => {
    const stream = await house.call();
    house.agent.control.transfer();
    await settle();
    expect(stream.socket.closes).toMatchObject([{ code: 1000 }]);
    const release = house.store.hold();
    const answer = house.next(1);
    await settle();
    let isEmpty = false;
    const drained = house.line.drain().then(() => (isEmpty = true));
    await settle(300);
    expect(isEmpty).toBe(false);
    release();
    expect(await answer).toContain('</Dial>');
    await settle(50);
    await drained;
    await expectNothingLeft(house);
  });

  it('waits likewise when it hands its calls over, two seconds at most', async () => {
    await house.call();
    house.agent.control.transfer();
    await settle();
    const release = house.store.hold();
    const answer = house.next(1);
    let isClosed = false;
    const closed = () => house.line.handOver('the gateway stops').then(() => (isClosed = true));
    const first = closed();
    await settle(300);
    expect(isClosed).toBe(false);
    await settle(1800);
    await first;
    isClosed = false;
    const second = closed();
    await settle(300);
    expect(isClosed).toBe(false);
    release();
    expect(await answer).toContain('</Dial>');
    await settle(50);
    await second;
    await expectNothingLeft(house);
  });

  it('lets streams of other gateways in until the balancer has noticed that it leaves', async () => {
    const elsewhere = new PhoneHouse();
    const token = tokenOf(await elsewhere.voice(2));
    house.line.leave();
    expect(house.line.phase).toBe('draining');
    expect(house.line.mayEnter(token)).toBe(true);
    void house.line.drain();
    expect(house.line.mayEnter(token)).toBe(false);
    await expectNothingLeft(house);
  });

  it('that has no other gateway tells the callers whose streams it closes, and waits for it', async () => {
    house = new PhoneHouse({ isAlone: true, shopOf: nobodyToDial });
    const stream = await house.call();
    let closed = false;
    const over = house.line.handOver('the gateway stops').then(() => (closed = true));
    await settle(100);
    expect(stream.socket.closes).toEqual([{ code: 1001, reason: 'the gateway stops' }]);
    expect(closed).toBe(false);
    expect(await house.next(1)).toContain('We are sorry, we have technical trouble.');
    await settle(50);
    await over;
    expect(house.recorded).toMatchObject([{ outcome: 'failed' }]);
    await expectNothingLeft(house);
  });

  it('hands every call over: streams closed with 1001, sessions whole in the store, no timer left', async () => {
    const [live, lost] = [await house.call(1), await house.call(2)];
    live.press('1');
    lost.socket.lose();
    const released = house.line.registry.releaseAll('the gateway stops');
    await settle();
    await released;
    expect(live.socket.closes).toEqual([{ code: 1001, reason: 'the gateway stops' }]);
    expect(await house.session(1)).toMatchObject({ conversation_history: [{ content: 'pressed 1' }] });
    expect(await house.session(2)).not.toBeNull();
    expect(house.recorded).toEqual([]);
    for (const call of [1, 2]) await house.memory.deleteSession(callSidOf(call));
    await expectNothingLeft(house);
  });

  it('closes with 1001 what another gateway has taken while this one was blocked, and writes and records nothing of it', async () => {
    const house = new PhoneHouse();
    const stream = await house.call();
    await settle(50);
    const other = new PhoneHouse({}, house);
    const resumed = other.connect(await other.next(1), 1);
    resumed?.start();
    await settle(50);
    const stored = await house.session(1);
    expect(stored).toMatchObject({ resumes: 1 });
    const verified = house.line.registry.verify();
    await settle(1100);
    await verified;
    expect(stream.socket.closes).toEqual([{ code: 1001, reason: 'another gateway goes on with this call' }]);
    expect(house.line.registry.liveCount).toBe(0);
    expect(await house.session(1)).toEqual(stored);
    expect(house.recorded).toEqual([]);
    resumed?.stop();
    await settle(50);
  });
});

describe('whoever watches', () => {
  it('sees nothing more of a call that goes on elsewhere, though its last words are known later', async () => {
    const seen: CallEvent[] = [];
    house.line.registry.watch((event) => seen.push(event));
    const stream = await house.call();
    const said = house.agent.control.open({ isTranscribed: true });
    said.push({ text: '', audio: words('one two three').audio });
    await stream.pass(200);
    const other = new PhoneHouse({}, house);
    const later = other.connect(await other.next(1), 1)?.start();
    await settle(50);
    void house.line.registry.verify();
    await settle(1100);
    expect(seen.at(-1)).toEqual({ type: 'ended', callSid: callSidOf(1) });
    const { length } = seen;
    const { data } = house.agent.control.session;
    said.transcribe('one two three', true);
    expect(house.agent.control.session.data).not.toBe(data);
    expect(seen).toHaveLength(length);
    later?.stop();
    await expectNothingLeft(house);
  });

  it('sees each change of each call, then its end, and nothing of it after', async () => {
    const seen: CallEvent[] = [];
    const stop = house.line.registry.watch((event) => seen.push(event));
    const stream = await house.call();
    stream.press('1');
    expect(seen.at(-1)).toMatchObject({
      type: 'session',
      session: { conversation_history: [{ content: 'pressed 1' }] },
    });
    expect(house.line.registry.liveSessions).toMatchObject([{ call_sid: callSidOf(1) }]);
    const { session } = house.agent.control;
    stream.stop();
    await settle();
    session.change({ intent: 'shop_info' });
    expect(seen.at(-1)).toEqual({ type: 'ended', callSid: callSidOf(1) });
    stop();
    await house.call(2);
    expect(seen.at(-1)).toEqual({ type: 'ended', callSid: callSidOf(1) });
    await house.status(2, 'completed');
    await expectNothingLeft(house);
  });
});
