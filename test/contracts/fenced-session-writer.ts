import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import type { LiveSessionStore } from '../../src/sessions/fenced-session-writer.js';
import { LiveSession } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { runs } from '../support/property-runs.js';
import { newSession } from '../support/sample-session.js';

export interface SessionSlotSubject {
  /** Two gateways' stores over the same sessions. */
  readonly stores: readonly [LiveSessionStore, LiveSessionStore];
  /** Called with every CallSid used, when the suite is over. */
  cleanUp(callSids: readonly string[]): Promise<void>;
}

/** What every store does for the sessions of live calls. */
export function describeSessionSlots(
  name: string,
  open: () => Promise<SessionSlotSubject>,
  histories: number,
): void {
  describe(`${name} for live calls`, () => {
    let subject: SessionSlotSubject;
    const callSids: string[] = [];
    const begin = (changes: Partial<Session> = {}) => {
      const session = newSession(changes);
      callSids.push(session.call_sid);
      return session;
    };
    const stored = (session: Session) => subject.stores[1].getSession(session.call_sid);

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await subject.cleanUp(callSids);
      for (const store of new Set(subject.stores)) await store.close();
    });

    it('stores the session as it is, with a time to live', async () => {
      const session = begin({ collected_data: { empty: [], big: 2 ** 53 } });
      const until = performance.now() + 300;
      const slot = subject.stores[0].openSlot(session.call_sid, 0.3);
      expect(await slot.save(session)).toEqual({ outcome: 'stored', adopted: {}, over: 'stored' });
      const found = await stored(session);
      if (performance.now() < until) expect(found).toEqual({ ...session, last_updated: expect.any(String) });
      await expect.poll(() => stored(session)).toBeNull();
      expect(await slot.save(session)).toMatchObject({ outcome: 'stored', over: 'restored' });
    });

    it('starts the time to live anew with every save', async () => {
      const session = begin();
      const slot = subject.stores[0].openSlot(session.call_sid, 1);
      let until = performance.now() + 1000;
      for (let n = 0; n < 4; n++) {
        const savedAt = performance.now();
        const saved = await slot.save({ ...session, interruptions: n });
        if (performance.now() < until) expect(saved).toMatchObject({ outcome: 'stored', over: 'stored' });
        until = savedAt + 1000;
        await new Promise((later) => setTimeout(later, 400));
      }
      const found = await stored(session);
      if (performance.now() < until) expect(found).toMatchObject({ interruptions: 3 });
    });

    it('keeps and tells what others changed, by any store', async () => {
      const session = begin();
      const slot = subject.stores[0].openSlot(session.call_sid);
      await slot.save(session);
      for (const store of subject.stores)
        await store.updateSession(session.call_sid, { intent: 'shop_info', note: [] });
      const result = await slot.save({ ...session, speaking: true });
      expect(result).toEqual({ outcome: 'stored', adopted: { intent: 'shop_info' }, over: 'merged' });
      expect(await stored(session)).toMatchObject({ intent: 'shop_info', note: [], speaking: true });
    });

    it('keeps what others change while a stream picks the call up', async () => {
      const session = begin();
      const [old, store] = [subject.stores[0].openSlot(session.call_sid), subject.stores[1]];
      await old.save(session);
      const found = restoreSession(session.call_sid, (await store.getSession(session.call_sid)) ?? {});
      await old.save({ ...session, interruptions: 1, intent: 'shop_info' });
      await subject.stores[0].updateSession(session.call_sid, { customer_id: 7 });
      const next = { ...found, stream_sid: 'MZ2', resumes: 1 };
      const adopted = { intent: 'shop_info', customer_id: 7 };
      const result = await store.openSlot(session.call_sid, 60, found).save(next);
      expect(result).toEqual({ outcome: 'stored', adopted, over: 'merged' });
      expect(await stored(session)).toMatchObject({ ...adopted, stream_sid: 'MZ2' });
    });

    it('leaves the session to a stream that picked the call up later', async () => {
      const session = begin();
      const [old, next] = [subject.stores[0], subject.stores[1]].map((s) => s.openSlot(session.call_sid));
      await old?.save(session);
      const later = { ...session, stream_sid: 'MZ2', resumes: 1 };
      expect(await next?.save(later)).toMatchObject({ outcome: 'stored' });
      expect(await old?.save({ ...session, current_state: 'completed' })).toEqual({ outcome: 'fenced' });
      expect(await stored(session)).toMatchObject({ stream_sid: 'MZ2', current_state: 'greeting' });
      expect(await next?.save({ ...later, current_state: 'booking' })).toMatchObject({ outcome: 'stored' });
    });

    it('lets one of two that pick a call up at the same time have it', async () => {
      const session = begin();
      await subject.stores[0].openSlot(session.call_sid).save(session);
      const outcomes = await Promise.all(
        subject.stores.map((store, n) =>
          store.openSlot(session.call_sid).save({ ...session, stream_sid: `MZ-${n}`, resumes: 1 }),
        ),
      );
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['fenced', 'stored']);
    });

    it('lets nobody who slept through the end of a call store its session again', async () => {
      const session = begin();
      const [sleeper, other] = [subject.stores[0].openSlot(session.call_sid), subject.stores[1]];
      await sleeper.save(session);
      await other.openSlot(session.call_sid).save({ ...session, stream_sid: 'MZ2', resumes: 1 });
      expect(await other.endSession(session.call_sid)).toBe(true);
      expect(await sleeper.save({ ...session, speaking: true })).toEqual({ outcome: 'fenced' });
      expect(await subject.stores[0].openSlot(session.call_sid).save(session)).toEqual({ outcome: 'fenced' });
      expect(await stored(session)).toBeNull();
      expect(await other.endSession(session.call_sid)).toBe(false);
    });

    it('stores a session again that somebody deleted while its call goes on', async () => {
      const session = begin();
      const slot = subject.stores[0].openSlot(session.call_sid);
      await slot.save(session);
      expect(await subject.stores[1].deleteSession(session.call_sid)).toBe(true);
      expect(await slot.save(session)).toMatchObject({ outcome: 'stored', over: 'restored' });
    });

    it('rejects what JSON cannot hold, and stores the next', async () => {
      const session = begin();
      const slot = subject.stores[0].openSlot(session.call_sid);
      await expect(slot.save({ ...session, collected_data: { odd: 1n } })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
      expect(await slot.save(session)).toMatchObject({ outcome: 'stored' });
    });

    it('loses no update and lets no earlier owner win, in any history of writers and takeovers', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
          const history = await History.begin(subject.stores, begin());
          for (const [together, what] of steps) await history.go(what, together);
          await history.check();
        }),
        { numRuns: runs(histories) },
      );
    });
  });
}

interface Deed {
  readonly do: 'change' | 'take over' | 'foreign';
  /** Of a foreign write: one of eight writers, and by which gateway's store. */
  readonly writer: number;
  readonly store: 0 | 1;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  do: fc.constantFrom('change', 'change', 'foreign', 'foreign', 'foreign', 'take over'),
  writer: fc.nat({ max: 7 }),
  store: fc.constantFrom(0, 1),
});
/** `true`: not waited for, so that it happens together with the next. */
const step = fc.tuple(fc.boolean(), deed);

/** One call whose owners and eight foreign writers write as they like. */
class History {
  readonly #stores: readonly [LiveSessionStore, LiveSessionStore];
  readonly #callSid: string;
  readonly #owners: LiveSession[] = [];
  readonly #fenced = new Set<string>();
  readonly #underWay: Promise<void>[] = [];
  /** The last value of each writer's field that was acknowledged; a writer writes one after the other. */
  readonly #acknowledged = new Map<string, number>();
  readonly #writers = new Map<string, Promise<void>>();
  #count = 0;

  private constructor(stores: readonly [LiveSessionStore, LiveSessionStore], callSid: string) {
    this.#stores = stores;
    this.#callSid = callSid;
  }

  static async begin(stores: SessionSlotSubject['stores'], session: Session): Promise<History> {
    const history = new History(stores, session.call_sid);
    await history.#own(session).flush();
    return history;
  }

  async go(what: Deed, together: boolean): Promise<void> {
    this.#count += 1;
    const done = this.#do(what, this.#count);
    this.#underWay.push(done);
    if (!together) await done;
  }

  async check(): Promise<void> {
    await Promise.all(this.#underWay);
    // Whoever has lost the call learns it with the next write at the latest, and changes nothing.
    const before = await this.#stores[0].getSession(this.#callSid);
    const losers = this.#owners.filter(({ data }) => data.stream_sid !== before?.stream_sid);
    for (const loser of losers) loser.change({ interruptions: -1 });
    // And the winner learns what others changed.
    await Promise.all(this.#owners.map((owner) => owner.isOurs()));
    const stored = await this.#stores[1].getSession(this.#callSid);
    const winner = this.#owners.find(({ data }) => data.stream_sid === stored?.stream_sid);
    const { last_updated: _, ...expected } = winner?.data ?? {};
    expect(stored).toMatchObject(expected);
    expect([...this.#fenced].sort()).toEqual(losers.map(({ data }) => data.stream_sid).sort());
    for (const [field, value] of this.#acknowledged) expect(stored).toHaveProperty(field, value);
    await Promise.all(this.#owners.map((owner) => owner.release()));
  }

  async #do(what: Deed, count: number): Promise<void> {
    if (what.do === 'take over') return this.#takeOver();
    if (what.do === 'change') {
      for (const owner of this.#owners) owner.change({ interruptions: count });
      await Promise.all(this.#owners.map((owner) => owner.flush()));
      return;
    }
    // One of them changes what the call's owner holds as well, and takes over.
    const field = what.writer === 0 ? 'customer_id' : `writer_${what.writer}`;
    const writing = (this.#writers.get(field) ?? Promise.resolve()).then(async () => {
      const store = this.#stores[what.store];
      if (await store.updateSession(this.#callSid, { [field]: count })) this.#acknowledged.set(field, count);
    });
    this.#writers.set(field, writing);
    await writing;
  }

  async #takeOver(): Promise<void> {
    await this.#owners[0]?.flush();
    const found = await this.#stores[0].getSession(this.#callSid);
    if (!found) throw new Error('The session is gone.');
    const session = restoreSession(this.#callSid, found);
    const stream_sid = `MZ${this.#owners.length}`;
    const owner = this.#own(session, stream_sid);
    owner.change({ stream_sid, resumes: session.resumes + 1 });
    await owner.flush();
  }

  #own(session: Session, streamSid = session.stream_sid): LiveSession {
    const owner = new LiveSession(session, {
      store: this.#stores[this.#owners.length % 2] ?? this.#stores[0],
      logger: silentLogger(),
      ttlSeconds: 60,
      isRestored: this.#owners.length > 0,
      settleMs: 10_000,
      onFenced: () => this.#fenced.add(streamSid),
    });
    this.#owners.push(owner);
    return owner;
  }
}
