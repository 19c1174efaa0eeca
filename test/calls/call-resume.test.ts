import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import type { StreamLedger } from '../../src/stream-ledger/stream-ledger.js';
import { FaultySessionStore } from '../support/faulty-session-store.js';
import { expectNothingLeft, type FakeStream, PhoneHouse, settle, words } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

let house: PhoneHouse;

beforeEach(() => {
  vi.useFakeTimers();
  house = new PhoneHouse();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call whose stream is lost', () => {
  it('goes on with the same session on the next one, nothing said twice or forgotten', async () => {
    const first = await house.call();
    void house.agent.control.say([words('which service do you need')]);
    await settle(300);
    first.press('1');
    house.agent.control.session.change({ current_state: 'collecting_info', intent: 'book_appointment' });
    first.socket.lose();
    expect(house.agent.told.at(-1)).toBe('stop');
    await settle(20_000);
    const second = await house.resume();
    expect(house.agents).toHaveLength(2);
    expect(house.agent.told).toEqual(['start true']);
    await settle();
    expect(await house.session()).toMatchObject({
      stream_sid: second.messages.streamSid,
      current_state: 'collecting_info',
      intent: 'book_appointment',
      resumes: 1,
      speaking: false,
      conversation_history: [{ content: 'which service' }, { content: 'pressed 1' }],
    });
    second.stop();
    await settle();
    expect(house.recorded).toMatchObject([
      {
        full_transcript: [{ content: 'which service do you need' }, { content: 'pressed 1' }],
        states: [{ name: 'greeting' }, { name: 'collecting_info' }],
      },
    ]);
    await expectNothingLeft(house);
  });

  it('goes on at another gateway with what the store knows, keys pressed meanwhile held in order', async () => {
    const first = await house.call();
    first.press('1');
    house.agent.control.session.change({ collected_data: { service_type: 'brakes', extra: [] } });
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.press('2');
    stream?.hear();
    expect(other.agents).toEqual([]);
    release();
    await settle();
    expect(other.agent.told).toEqual(['start true', 'digit 2', 'audio 160']);
    expect(other.agent.control.session.data).toMatchObject({
      call_sid: callSidOf(1),
      caller_phone: '+15551234567',
      stream_sid: stream?.messages.streamSid,
      collected_data: { service_type: 'brakes', extra: [] },
      resumes: 1,
      conversation_history: [{ content: 'pressed 1' }, { content: 'pressed 2' }],
    });
    stream?.stop();
    await settle();
    expect(other.recorded).toHaveLength(1);
    expect(house.recorded).toHaveLength(0);
    await expectNothingLeft(house);
  });

  it('leaves behind the same whichever gateway ends it: the full transcript, the delays, the states', async () => {
    const first = await house.call();
    void house.agent.control.say([words('which service do you need')]);
    await settle(300);
    first.press('1');
    void house.agent.control.say([words('the next open times are')]);
    house.agent.control.session.change({ current_state: 'booking' });
    await settle(100);
    first.socket.lose();
    await settle();
    const other = new PhoneHouse({}, house);
    await other.status(1, 'completed');
    await settle();
    await house.next(1, { callStatus: 'completed' });
    const [there] = other.recorded;
    expect(there).toMatchObject({
      states: [{ name: 'greeting' }, { name: 'booking' }],
      interruptions: 1,
      full_transcript: [
        { content: 'which service do you need' },
        { content: 'pressed 1' },
        { content: 'the next open times are' },
      ],
      latency: { greeting_ms: 0, response_ms: { count: 1 }, interruption_ms: { count: 1 } },
    });
    expect(there?.transcript.map(({ content }) => content)).toEqual(['which service', 'pressed 1', 'the']);
    expect(house.recorded).toEqual([
      { ...there, ended_at: expect.any(String), duration_ms: expect.any(Number) },
    ]);
    await settle(70_000);
    await expectNothingLeft(house);
  });

  it('leaves all behind where it is ended at a gateway that had an earlier stream', async () => {
    const first = await house.call();
    first.press('1');
    first.socket.lose();
    await settle();
    const other = new PhoneHouse({}, house);
    const second = other.connect(await other.next(1), 1);
    second?.start();
    await settle();
    second?.press('2');
    second?.socket.lose();
    await settle();
    await house.next(1, { callStatus: 'completed' }, 1);
    await settle();
    expect(house.recorded).toMatchObject([
      { transcript: [{ content: 'pressed 1' }, { content: 'pressed 2' }], full_transcript: [{}, {}] },
    ]);
    await settle(70_000);
    expect(other.recorded).toEqual([]);
    await expectNothingLeft(house);
  });

  it('holds two seconds of frames while its session is fetched, and no more', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    for (let i = 0; i < 150; i += 1) stream?.hear();
    release();
    await settle();
    expect(other.agent.told).toHaveLength(101);
    const { values } = await other.metrics.framesDropped.get();
    expect(values).toMatchObject([{ labels: { reason: 'held_too_long' }, value: 50 }]);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('begins anew when the store has lost it', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const twiml = await other.next(1);
    await house.memory.deleteSession(callSidOf(1));
    const stream = other.connect(twiml, 1)?.start();
    await settle();
    expect(other.agent.told).toEqual(['start false']);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('is given up when nobody picks it up within the window: recorded, deleted', async () => {
    const stream = await house.call();
    stream.press('1');
    stream.socket.lose();
    await settle(59_999);
    expect(house.recorded).toEqual([]);
    expect(await house.session()).not.toBeNull();
    await settle(10);
    expect(house.recorded).toMatchObject([{ call_sid: callSidOf(1), outcome: 'abandoned' }]);
    expect(await house.next(1)).toContain('<Hangup/>');
    await expectNothingLeft(house);
  });

  it('and lost again while its session is fetched is still given up in the end', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.socket.lose();
    release();
    await settle();
    expect(other.agents).toEqual([]);
    expect(await house.session()).toMatchObject({ resumes: 0 });
    await settle(60_010);
    expect(other.recorded).toHaveLength(1);
    await expectNothingLeft(house);
  });

  it('and goes on elsewhere while its session is fetched is not given up here', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.socket.lose();
    release();
    await settle(1000);
    const third = new PhoneHouse({}, house);
    const later = third.connect(await third.next(1, {}, 1), 1)?.start();
    await settle(60_010);
    expect(other.recorded).toEqual([]);
    expect(third.line.registry.liveCount).toBe(1);
    later?.stop();
    await expectNothingLeft(house);
  });

  it('and ends elsewhere before anybody asks is forgotten here', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.socket.lose();
    release();
    await settle(1000);
    const third = new PhoneHouse({}, house);
    third
      .connect(await third.next(1, {}, 1), 1)
      ?.start()
      .stop();
    await settle(180_010);
    expect([house, other, third].map(({ recorded }) => recorded.length)).toEqual([0, 0, 1]);
    await expectNothingLeft(house);
  });

  it('and lost again while the store is asked waits for its whole window each time', async () => {
    const store = new FaultySessionStore();
    house = new PhoneHouse({ store });
    const calling = house.call();
    await settle(10);
    (await calling).socket.lose();
    store.latencyMs = 400;
    await settle(60_100);
    (await house.resume()).socket.lose();
    await settle(40_000);
    (await house.resume()).socket.lose();
    await settle(50_000);
    expect(house.recorded).toEqual([]);
    await settle(20_000);
    expect(house.recorded).toMatchObject([{ outcome: 'abandoned' }]);
  });

  it('is not given up while the store does not say whether it goes on elsewhere', async () => {
    const store = new FaultySessionStore();
    house = new PhoneHouse({ store });
    const calling = house.call();
    await settle(10);
    const stream = await calling;
    stream.socket.lose();
    await settle(10);
    store.mood = 'refuses';
    await settle(150_000);
    expect(house.recorded).toEqual([]);
    store.heal();
    await settle(70_000);
    expect(house.recorded).toMatchObject([{ outcome: 'abandoned' }]);
    expect(store.stored.size).toBe(0);
  });

  it('begins anew while the store is away, and stands over what an earlier gateway stored', async () => {
    await house.call();
    await settle();
    const old = await house.session();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const twiml = await other.next(1);
    await house.memory.deleteSession(callSidOf(1));
    const stream = other.connect(twiml, 1)?.start();
    await settle();
    await house.memory.setSession(callSidOf(1), { ...old });
    stream?.press('1');
    other.agent.control.session.change({ intent: 'book_appointment' });
    await settle();
    expect(stream?.socket.closes).toEqual([]);
    expect(await house.session()).toMatchObject({ resumes: 1, intent: 'book_appointment' });
    stream?.stop();
    await expectNothingLeft(house);
  });

  it.each(['stop', 'lose'] as const)(
    'by %s while the other gateways are asked is no live call',
    async (how) => {
      let answer: (isFirst: boolean) => void = () => undefined;
      const claim = () => new Promise<boolean>((resolve) => (answer = resolve));
      const ledger = new MemoryStreamLedger();
      house = new PhoneHouse({ ledger: { propose: ledger.propose.bind(ledger), claim } });
      const stream = await house.call();
      if (how === 'stop') stream.stop();
      else stream.socket.lose();
      answer(true);
      await settle();
      expect(house.agents).toEqual([]);
      expect(house.line.registry.liveCount).toBe(0);
      await settle(60_010);
      expect(house.recorded).toHaveLength(1);
      await expectNothingLeft(house);
    },
  );

  it('takes a key that comes while its session is fetched for one that may prove who calls', async () => {
    await house.call();
    await settle();
    const notes: string[] = [];
    const note = (each: { readonly note: string }) => void notes.push(each.note);
    const nothing = () => undefined;
    const observer = { received: nothing, sent: nothing, end: nothing, note };
    const other = new PhoneHouse({ recorder: { open: () => observer, finished: nothing } }, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.press('4');
    expect(notes).toContain('secret_key');
    release();
    await settle();
    expect(notes.filter((each) => each === 'secret_key')).toHaveLength(1);
    stream?.stop();
    await expectNothingLeft(house);
  });

  it('starts on a gateway that hands its calls over is closed, to go on elsewhere', async () => {
    const twiml = await house.voice(1);
    const stream = house.connect(twiml, 1);
    await house.line.handOver('the gateway stops');
    stream?.start();
    await settle();
    expect(stream?.socket.closes).toHaveLength(1);
    expect(house.line.registry.liveCount).toBe(0);
    expect(await new PhoneHouse({}, house).next(1)).toContain('<Stream');
  });

  it('and hung up while its session is fetched is recorded once, its session gone', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const stream = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    stream?.start();
    stream?.stop();
    release();
    await settle();
    expect(other.agents).toEqual([]);
    expect(other.recorded).toHaveLength(1);
    await expectNothingLeft(house);
  });
});

describe('a newer stream of a call', () => {
  /** The call's stream 1 opens at `other` and is lost there; the TwiML that `house` then answers. */
  const detour = async (other: PhoneHouse): Promise<string> => {
    const between = other.connect(await other.next(1), 1)?.start();
    await settle();
    between?.press('2');
    await settle();
    between?.socket.lose();
    await settle();
    const answer = house.next(1, {}, 1);
    await settle(10);
    return answer;
  };
  const expectToGoOn = async (stream: FakeStream | undefined): Promise<void> => {
    await settle(2000);
    expect(stream?.socket.closes).toEqual([]);
    expect(house.agent.told).toEqual(['start true']);
    expect(house.agent.control.session.data).toMatchObject({ resumes: 2 });
    stream?.press('3');
    await settle(10);
    stream?.stop();
    await settle(60_010);
    expect(house.recorded).toMatchObject([{ outcome: 'hung_up' }]);
    expect(house.recorded[0]?.transcript.slice(-2)).toMatchObject([
      { content: 'pressed 2' },
      { content: 'pressed 3' },
    ]);
    expect(house.line.registry.liveCount).toBe(0);
  };

  it('is not closed when the session is fenced that its gateway had before it was cut off', async () => {
    const other = new PhoneHouse();
    const store = new FaultySessionStore(other.memory);
    house = new PhoneHouse({ store }, other);
    const calling = house.call();
    await settle(10);
    const first = await calling;
    await settle(10);
    store.mood = 'refuses';
    first.press('1');
    first.socket.lose();
    await settle(10);
    store.mood = 'answers';
    await expectToGoOn(house.connect(await detour(other), 1)?.start());
    expect(other.recorded).toEqual([]);
    await expectNothingLeft(other);
  });

  it('is not closed when the session is fenced of a stream that was still open here', async () => {
    const first = await house.call();
    void house.agent.control.say([words('one two three four five')]);
    await first.pass(120);
    const other = new PhoneHouse({}, house);
    await expectToGoOn(house.connect(await detour(other), 1)?.start());
    expect(first.socket.closes).toEqual([{ code: 1001, reason: 'superseded by a newer stream' }]);
    await expectNothingLeft(house);
  });

  it('does not go on with a session that another gateway owns when the store says no more', async () => {
    const first = await house.call();
    first.socket.lose();
    await settle();
    const other = new PhoneHouse({}, house);
    const stream = house.connect(await detour(other), 1);
    void house.line.registry.verify();
    const release = house.store.hold();
    stream?.start();
    await settle();
    await house.memory.deleteSession(callSidOf(1));
    release();
    await settle();
    expect(house.agents).toHaveLength(1);
    expect(stream?.socket.closes).toHaveLength(1);
    expect(house.line.registry.liveCount).toBe(0);
  });

  it('leaves nothing of the older one, whichever of their answers comes first', async () => {
    for (let turns = 0; turns < 20; turns += 1) {
      house = new PhoneHouse();
      await house.call();
      await settle();
      let answer: (isFirst: boolean) => void = () => undefined;
      const claimed = new Promise<boolean>((resolve) => (answer = resolve));
      const { ledger } = house;
      const claim: StreamLedger['claim'] = ({ hop }) => (hop === 2 ? claimed : true);
      const other = new PhoneHouse({ ledger: { propose: ledger.propose.bind(ledger), claim } }, house);
      await house.line.registry.releaseAll('the gateway stops');
      const older = other.connect(await other.next(1), 1);
      const newer = other.connect(await other.next(1, {}, 1), 1);
      const release = house.store.hold();
      older?.start();
      newer?.start();
      answer(true);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      release();
      await settle(1000);
      expect(other.line.registry.liveCount).toBe(1);
      expect(await house.session()).toMatchObject({ resumes: 2 });
      newer?.stop();
      await settle(10);
      expect(other.recorded).toHaveLength(1);
      await expectNothingLeft(house);
    }
  });

  it('takes the session over at once: the older is closed with 1001 and reaches nothing more', async () => {
    const older = await house.call();
    const old = house.agent;
    void old.control.say([words('one two three four five')]);
    await older.pass(120);
    const newer = await house.resume();
    expect(older.socket.closes).toMatchObject([{ code: 1001 }]);
    expect(old.events).toEqual(['start false', 'stop']);
    expect(house.line.registry.liveCount).toBe(1);
    const sent = older.socket.sent.length;
    const before = house.agent.control.session.data;
    void old.control.say([words('two voices')]);
    old.control.interrupt();
    old.control.hangUp();
    old.control.transfer();
    older.press('1');
    older.stop();
    await settle(5000);
    expect(older.socket.sent).toHaveLength(sent);
    expect(house.agent.control.session.data).toEqual(before);
    expect(before).toMatchObject({
      stream_sid: newer.messages.streamSid,
      conversation_history: [{ content: 'one', interrupted: true }],
    });
    expect(house.recorded).toEqual([]);
    newer.stop();
    await expectNothingLeft(house);
    expect(house.recorded).toHaveLength(1);
  });

  it('is the one that counts when an older one is still fetching its session', async () => {
    await house.call();
    await settle();
    const other = new PhoneHouse({}, house);
    await house.line.registry.releaseAll('the gateway stops');
    const older = other.connect(await other.next(1), 1);
    const release = house.store.hold();
    older?.start();
    const next = other.next(1);
    release();
    const releaseAgain = house.store.hold();
    const twiml = await next;
    const newer = other.connect(twiml, 1)?.start();
    releaseAgain();
    await settle();
    expect(older?.socket.closes).toMatchObject([{ code: 1001 }]);
    expect(await house.session()).toMatchObject({ stream_sid: newer?.messages.streamSid });
    expect(other.line.registry.liveCount).toBe(1);
    newer?.stop();
    await expectNothingLeft(house);
  });
});

describe('a call that another gateway has picked up', () => {
  it('is let go by the first: closed with 1001, not recorded, and its session left to the other', async () => {
    const older = await house.call();
    const old = house.agent;
    old.control.session.change({ current_state: 'booking' });
    await settle();
    const other = new PhoneHouse({}, house);
    const newer = other.connect(await other.next(1), 1)?.start();
    await settle();
    expect(other.agent.told).toEqual(['start true']);
    old.control.session.change({ current_state: 'completed' });
    await settle();
    expect(older.socket.closes).toMatchObject([{ code: 1001 }]);
    expect(old.events).toEqual(['start false', 'stop']);
    expect(house.line.registry.liveCount).toBe(0);
    expect(await house.session()).toMatchObject({
      stream_sid: newer?.messages.streamSid,
      current_state: 'booking',
      resumes: 1,
    });
    await settle(120_000);
    expect(house.recorded).toEqual([]);
    newer?.stop();
    await settle();
    expect(other.recorded).toHaveLength(1);
    await expectNothingLeft(house);
  });

  it('is let go also while it waits there for a stream', async () => {
    const older = await house.call();
    older.socket.lose();
    await settle();
    const other = new PhoneHouse({}, house);
    const newer = other.connect(await other.next(1), 1)?.start();
    await settle();
    await settle(120_000);
    expect(house.recorded).toEqual([]);
    expect(house.line.registry.isFinished(callSidOf(1))).toBe(false);
    expect(await house.session()).toMatchObject({ resumes: 1 });
    newer?.stop();
    await expectNothingLeft(house);
  });
});
