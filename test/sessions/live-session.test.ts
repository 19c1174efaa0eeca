import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { LiveSession, type SessionChange } from '../../src/sessions/live-session.js';
import { CALL_STATES, type Session } from '../../src/sessions/session.js';
import { FaultySessionStore, type StoreMood } from '../support/faulty-session-store.js';
import { runs } from '../support/property-runs.js';
import { newSession } from '../support/sample-session.js';

const TTL_SECONDS = 3_600;

let store: FaultySessionStore;
beforeEach(() => {
  vi.useFakeTimers();
  store = new FaultySessionStore();
});
afterEach(() => vi.useRealTimers());

function live(session: Session = newSession(), ttlSeconds = TTL_SECONDS): LiveSession {
  return new LiveSession(session, { store, logger: silentLogger(), ttlSeconds, onStoreReady: store.onReady });
}

/** As it reads in JSON, which has no minus zero. */
async function expectStored(session: LiveSession): Promise<void> {
  const { last_updated: _, ...expected } = JSON.parse(JSON.stringify(session.data));
  expect(await store.stored.getSession(session.data.call_sid)).toMatchObject(expected);
}

describe('A live session', () => {
  it('changes in memory at once, as a new object, and tells who listens', () => {
    const heard: Session[] = [];
    const data = newSession();
    const session = new LiveSession(data, {
      store,
      logger: silentLogger(),
      ttlSeconds: TTL_SECONDS,
      onChange: (changed) => heard.push(changed),
    });
    session.change({ speaking: true });
    session.addTurn({ role: 'user', content: 'brakes', timestamp: '2026-11-24T15:30:00.000Z' });
    expect(data.speaking).toBe(false);
    expect(session.data).toMatchObject({ speaking: true, conversation_history: [{ content: 'brakes' }] });
    expect(heard.map((each) => each.conversation_history.length)).toEqual([0, 1]);
  });

  it('keeps the first state and the latest when a caller goes to and fro without end, and the latest turns', () => {
    const session = live();
    for (let n = 0; n < 300; n += 1)
      session.change({ current_state: n % 2 === 0 ? 'collecting_info' : 'booking' });
    session.change({ current_state: 'completed' });
    const names = session.data.states.map(({ name }) => name);
    expect(names).toHaveLength(200);
    expect([names[0], names.at(-1)]).toEqual(['greeting', 'completed']);
    const turn = (n: number) => ({ role: 'user', content: `${n}`, timestamp: session.timeAt() }) as const;
    for (let n = 0; n < 1100; n += 1) session.addTurn(turn(n));
    const { conversation_history } = session.data;
    expect([conversation_history.length, conversation_history[0]?.content]).toEqual([1000, '100']);
  });

  it('is stored whole by itself, without a change', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    await expectStored(session);
    expect(store.writes).toHaveLength(1);
  });

  it('sends the changes of one turn together', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    store.writes.length = 0;
    session.change({ speaking: true, intent: null });
    session.change({ customer_id: 7 });
    await Promise.resolve().then(() => session.change({ speaking: true, resumes: 1 }));
    await vi.advanceTimersByTimeAsync(10);
    expect(store.writes).toMatchObject([{ speaking: true, customer_id: 7, resumes: 1 }]);
    await expectStored(session);
  });

  it('has one write in flight, and the latest of what changed meanwhile in the next', async () => {
    const session = live();
    store.latencyMs = 100;
    for (const intent of ['shop_info', 'book_appointment', 'talk_to_person'] as const) {
      await vi.advanceTimersByTimeAsync(20);
      session.change({ intent });
    }
    await vi.advanceTimersByTimeAsync(400);
    expect(store.mostWritesInFlight).toBe(1);
    expect(store.writes).toHaveLength(2);
    expect(store.writes[1]).toMatchObject({ intent: 'talk_to_person' });
  });

  it('tells how each write ended, and for how long a change has been waiting', async () => {
    const outcomes: string[] = [];
    const options = { store, logger: silentLogger(), ttlSeconds: TTL_SECONDS, onStoreReady: store.onReady };
    const session = new LiveSession(newSession(), {
      ...options,
      onWrite: (outcome) => outcomes.push(outcome),
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(session.lagMs).toBe(0);
    store.mood = 'refuses';
    session.change({ intent: 'shop_info' });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(Math.round(session.lagMs)).toBe(2_000);
    store.heal();
    await vi.advanceTimersByTimeAsync(600);
    expect(session.lagMs).toBe(0);
    await store.stored.updateSession(session.data.call_sid, { customer_id: 7 });
    session.change({ speaking: true });
    await vi.advanceTimersByTimeAsync(10);
    await store.restartEmpty();
    await vi.advanceTimersByTimeAsync(600);
    expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(1);
    expect(outcomes.filter((outcome) => outcome !== 'failed')).toEqual([
      'stored',
      'stored',
      'merged',
      'restored',
    ]);
    expect(session.data.customer_id).toBe(7);
  });

  it('stays stored for as long as the call lives, an hour of 120 times to live without a change', async () => {
    const session = live(newSession(), 30);
    for (let seconds = 0; seconds < 3_600; seconds += 5) {
      await vi.advanceTimersByTimeAsync(5_000);
      await expectStored(session);
    }
    expect(store.writes.length).toBeLessThanOrEqual(362);
    await session.release();
    expect(vi.getTimerCount()).toBe(1);
  });

  it('is written whole again when the store comes back empty, without a change', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    await store.restartEmpty();
    await vi.advanceTimersByTimeAsync(510);
    await expectStored(session);
  });

  it('is written whole again with its next change when nobody says that the store lost it', async () => {
    const session = new LiveSession(newSession(), { store, logger: silentLogger(), ttlSeconds: TTL_SECONDS });
    await vi.advanceTimersByTimeAsync(10);
    await store.stored.close();
    session.change({ speaking: true });
    await vi.advanceTimersByTimeAsync(10);
    await expectStored(session);
  });

  it('leaves fields that others added alone, through faults too', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    await store.stored.updateSession(session.data.call_sid, { note: 'regular customer' });
    store.mood = 'loses answers';
    session.change({ intent: 'shop_info' });
    await vi.advanceTimersByTimeAsync(2_000);
    store.heal();
    await vi.advanceTimersByTimeAsync(2_000);
    await expectStored(session);
    expect(await store.stored.getSession(session.data.call_sid)).toHaveProperty('note', 'regular customer');
  });

  it('tries a failed write again, ever more slowly, at least once a second', async () => {
    const session = live();
    store.mood = 'refuses';
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.writes.length).toBe(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(store.writes.length).toBeLessThanOrEqual(14);
    store.mood = 'answers';
    await vi.advanceTimersByTimeAsync(1_010);
    await expectStored(session);
  });

  it('flushes what changed so far', async () => {
    const session = live();
    session.change({ intent: 'shop_info' });
    const flushed = session.flush();
    await vi.advanceTimersByTimeAsync(10);
    await flushed;
    await expectStored(session);
  });

  it('gives up a flush after one failed attempt, or after its time with a store that hangs', async () => {
    const session = live();
    store.mood = 'refuses';
    await vi.advanceTimersByTimeAsync(100);
    let flushed = session.flush();
    await vi.advanceTimersByTimeAsync(5);
    await flushed;
    store.latencyMs = 60_000;
    session.change({ speaking: true });
    flushed = session.flush();
    await vi.advanceTimersByTimeAsync(1_000);
    await flushed;
    const released = session.release();
    await vi.advanceTimersByTimeAsync(2_000);
    await released;
  });

  it('deletes the stored session even with a write in flight, and writes nothing afterwards', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    store.latencyMs = 50;
    session.change({ speaking: true });
    await vi.advanceTimersByTimeAsync(10);
    const deleted = session.delete();
    session.change({ speaking: false });
    await vi.advanceTimersByTimeAsync(200);
    await deleted;
    session.change({ intent: 'shop_info' });
    await store.restartEmpty();
    await vi.advanceTimersByTimeAsync(10_000_000);
    expect(await store.stored.getSession(session.data.call_sid)).toBeNull();
    expect(store.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('releases what is pending and then leaves the session to whoever resumes it', async () => {
    const session = live();
    session.change({ current_state: 'booking' });
    const released = session.release();
    await vi.advanceTimersByTimeAsync(10);
    await released;
    await expectStored(session);
    await store.stored.updateSession(session.data.call_sid, { stream_sid: 'MZ2' });
    session.change({ stream_sid: 'MZ9' });
    await vi.advanceTimersByTimeAsync(TTL_SECONDS * 900);
    expect(await store.stored.getSession(session.data.call_sid)).toMatchObject({ stream_sid: 'MZ2' });
  });

  it('takes over what others change in it, unless the call changed the same', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    const foreign = { intent: 'shop_info', customer_id: 7, collected_data: { service_type: 'tires' } };
    await store.stored.updateSession(session.data.call_sid, foreign);
    session.change({ collected_data: { service_type: 'brakes' }, speaking: true });
    await vi.advanceTimersByTimeAsync(10);
    const expected = { intent: 'shop_info', customer_id: 7, collected_data: { service_type: 'brakes' } };
    expect(session.data).toMatchObject({ ...expected, speaking: true });
    await expectStored(session);
    session.change({ customer_id: 8 });
    await vi.advanceTimersByTimeAsync(10);
    expect(session.data).toMatchObject({ intent: 'shop_info', customer_id: 8 });
    await expectStored(session);
  });

  it('notes the state that another has put it into, and takes over nothing that no session can hold', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    const { call_sid } = session.data;
    await store.stored.updateSession(call_sid, { current_state: 'booking', intent: 'to the moon' });
    session.change({ speaking: true });
    await vi.advanceTimersByTimeAsync(10);
    expect(session.data).toMatchObject({ current_state: 'booking', intent: null });
    expect(session.data.states.map(({ name }) => name)).toEqual(['greeting', 'booking']);
    session.change({ speaking: false });
    await vi.advanceTimersByTimeAsync(10);
    await expectStored(session);
  });

  it('is written no more once a later stream owns it, and says so once', async () => {
    const onFenced = vi.fn();
    const data = newSession();
    const logger = silentLogger();
    const old = new LiveSession(data, { store, logger, ttlSeconds: TTL_SECONDS, onFenced });
    await vi.advanceTimersByTimeAsync(10);
    const taken = live({ ...data, stream_sid: 'MZ2', resumes: 1, current_state: 'booking' });
    await vi.advanceTimersByTimeAsync(10);
    old.change({ current_state: 'completed' });
    await vi.advanceTimersByTimeAsync(10);
    old.change({ speaking: true });
    await vi.advanceTimersByTimeAsync(TTL_SECONDS * 1000);
    expect(onFenced).toHaveBeenCalledExactlyOnceWith();
    await expectStored(taken);
  });

  it('overwrites what an older backup holds, its own earlier streams among it', async () => {
    const session = live();
    await vi.advanceTimersByTimeAsync(10);
    const backup = await store.stored.getSession(session.data.call_sid);
    session.change({ stream_sid: 'MZ2', resumes: 1, intent: 'shop_info', customer_id: 7 });
    await vi.advanceTimersByTimeAsync(10);
    await store.stored.setSession(session.data.call_sid, backup ?? {});
    store.heal();
    await vi.advanceTimersByTimeAsync(510);
    expect(session.data).toMatchObject({ stream_sid: 'MZ2', intent: 'shop_info', customer_id: 7 });
    await expectStored(session);
  });

  it('goes on after a value that cannot be stored', async () => {
    const session = live();
    session.change({ collected_data: { odd: 1n } });
    await vi.advanceTimersByTimeAsync(500);
    session.change({ collected_data: { service_type: 'brakes' } });
    await vi.advanceTimersByTimeAsync(2_000);
    await expectStored(session);
  });

  it('goes on when whoever is told of a write has a fault', async () => {
    let faults = 0;
    const session = new LiveSession(newSession(), {
      store,
      logger: silentLogger(),
      ttlSeconds: TTL_SECONDS,
      onWrite: () => {
        faults += 1;
        if (faults <= 3) throw new Error('a fault in a metric');
      },
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(faults).toBe(4);
    session.change({ intent: 'shop_info' });
    await vi.advanceTimersByTimeAsync(100);
    await expectStored(session);
    await session.release();
  });

  it('ends up stored as it is live, whatever order changes and faults come in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 40 }), async (steps) => {
        store = new FaultySessionStore();
        const session = live();
        for (const take of steps) await take(session);
        store.heal();
        await vi.advanceTimersByTimeAsync(3_000);
        await expectStored(session);
        expect(store.mostWritesInFlight).toBe(1);
        await session.release();
      }),
      { numRuns: runs(200) },
    );
  });
});

type Step = (session: LiveSession) => unknown;

function step(): fc.Arbitrary<Step> {
  const change: fc.Arbitrary<SessionChange> = fc.oneof(
    fc.record({ speaking: fc.boolean() }),
    fc.record({ current_state: fc.constantFrom(...CALL_STATES) }),
    fc.record({
      collected_data: fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true, maxKeys: 3 }),
    }),
    fc.record({ intent: fc.constantFrom('shop_info', 'book_appointment', null), resumes: fc.nat(3) }),
  );
  const mood = fc.constantFrom<StoreMood>('answers', 'refuses', 'loses answers');
  return fc.oneof(
    {
      weight: 4,
      arbitrary: change.map(
        (each): Step =>
          (session) =>
            session.change(each),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.nat(1_500).map(
        (ms): Step =>
          () =>
            vi.advanceTimersByTimeAsync(ms),
      ),
    },
    {
      weight: 2,
      arbitrary: mood.map(
        (each): Step =>
          () =>
            Object.assign(store, { mood: each }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.nat(600).map(
        (latencyMs): Step =>
          () =>
            Object.assign(store, { latencyMs }),
      ),
    },
    { weight: 1, arbitrary: fc.constant<Step>(() => store.restartEmpty()) },
    { weight: 1, arbitrary: fc.constant<Step>((session) => void session.flush()) },
  );
}
