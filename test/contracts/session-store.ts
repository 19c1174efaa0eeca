import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SessionStore } from '../../src/sessions/session-store.js';
import { HOSTILE_VALUES } from '../support/not-json.js';
import { runs } from '../support/property-runs.js';
import { randomCallSid } from '../support/test-redis.js';

export interface SessionStoreSubject {
  readonly store: SessionStore;
  /** Called with every CallSid used, when the suite is over. */
  cleanUp(callSids: readonly string[]): Promise<void>;
}

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const GREETING = {
  stream_sid: 'MZ1',
  caller_phone: '+15550001234',
  customer_id: null,
  conversation_history: [],
  current_state: 'greeting',
  collected_data: {},
  intent: null,
  speaking: false,
};

/** What every session store does, whatever holds the sessions. */
export function describeSessionStore(name: string, open: () => Promise<SessionStoreSubject>): void {
  describe(`${name} as a session store`, () => {
    let subject: SessionStoreSubject;
    let store: SessionStore;
    const callSids: string[] = [];
    const newCall = () => {
      const callSid = randomCallSid();
      callSids.push(callSid);
      return callSid;
    };

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    afterAll(async () => {
      await subject.cleanUp(callSids);
      await store.close();
    });

    it('gives back what was set, with the call and both times in it', async () => {
      const callSid = newCall();
      expect(await store.setSession(callSid, GREETING)).toBe(true);
      const session = await store.getSession(callSid);
      expect(session).toMatchObject({ ...GREETING, call_sid: callSid });
      expect(session?.created_at).toMatch(ISO_UTC);
      expect(session?.last_updated).toMatch(ISO_UTC);
    });

    it('keeps created_at when it is given and sets call_sid from the argument', async () => {
      const callSid = newCall();
      await store.setSession(callSid, { call_sid: 'other', created_at: '2026-01-02T03:04:05.000Z' });
      const session = await store.getSession(callSid);
      expect(session).toMatchObject({ call_sid: callSid, created_at: '2026-01-02T03:04:05.000Z' });
    });

    it('gives null for a session that does not exist', async () => {
      expect(await store.getSession(newCall())).toBeNull();
    });

    it('replaces a session that is set again', async () => {
      const callSid = newCall();
      await store.setSession(callSid, { first: 1 });
      await store.setSession(callSid, { second: 2 });
      expect(await store.getSession(callSid)).not.toHaveProperty('first');
    });

    it('updates only the fields that are given', async () => {
      const callSid = newCall();
      await store.setSession(callSid, GREETING);
      expect(await store.updateSession(callSid, { intent: 'shop_info', speaking: undefined })).toBe(true);
      expect(await store.getSession(callSid)).toMatchObject({ ...GREETING, intent: 'shop_info' });
    });

    it('moves last_updated on with every update, never created_at or call_sid', async () => {
      const callSid = newCall();
      await store.setSession(callSid, { ...GREETING, created_at: '2026-01-02T03:04:05.000Z' });
      const before = await store.getSession(callSid);
      await vi.waitFor(async () => {
        await store.updateSession(callSid, { call_sid: 'other', last_updated: 'never' });
        const after = await store.getSession(callSid);
        expect(after).toMatchObject({ call_sid: callSid, created_at: '2026-01-02T03:04:05.000Z' });
        expect(String(after?.last_updated) > String(before?.last_updated)).toBe(true);
        expect(after?.last_updated).toMatch(ISO_UTC);
      });
    });

    it('gives false for an update of a session that does not exist, and makes none', async () => {
      const callSid = newCall();
      expect(await store.updateSession(callSid, { intent: 'shop_info' })).toBe(false);
      expect(await store.getSession(callSid)).toBeNull();
    });

    it('deletes once', async () => {
      const callSid = newCall();
      await store.setSession(callSid, GREETING);
      expect(await store.deleteSession(callSid)).toBe(true);
      expect(await store.deleteSession(callSid)).toBe(false);
      expect(await store.getSession(callSid)).toBeNull();
    });

    it('keeps the time to live through updates and never brings an expired session back', async () => {
      const callSid = newCall();
      const until = performance.now() + 400;
      await store.setSession(callSid, GREETING, 0.4);
      const updated = await store.updateSession(callSid, { speaking: true });
      if (performance.now() < until) expect(updated).toBe(true);
      await vi.waitFor(async () => expect(await store.getSession(callSid)).toBeNull());
      expect(await store.updateSession(callSid, { speaking: false })).toBe(false);
      expect(await store.getSession(callSid)).toBeNull();
    });

    it('starts the time to live anew when a session is set again', async () => {
      const callSid = newCall();
      await store.setSession(callSid, GREETING, 0.3);
      await store.setSession(callSid, GREETING, 60);
      const until = Date.now() + 500;
      await vi.waitUntil(() => Date.now() > until);
      expect(await store.getSession(callSid)).not.toBeNull();
    });

    it('takes what was asked for in one turn in that order', async () => {
      const callSid = newCall();
      const outcomes = await Promise.all([
        store.setSession(callSid, { step: 0 }),
        store.updateSession(callSid, { step: 1, one: 1 }),
        store.updateSession(callSid, { step: 2, two: 2 }),
        store.deleteSession(callSid),
        store.updateSession(callSid, { step: 3 }),
        store.setSession(callSid, { step: 4 }),
        store.updateSession(callSid, { step: 5, five: 5 }),
      ]);
      expect(outcomes).toEqual([true, true, true, true, false, true, true]);
      const session = await store.getSession(callSid);
      expect(session).toMatchObject({ step: 5, five: 5 });
      expect(session).not.toHaveProperty('one');
    });

    it('loses none of 1,000 updates of different fields at once', async () => {
      const callSid = newCall();
      await store.setSession(callSid, GREETING);
      const updates = Array.from({ length: 1_000 }, (_, i) =>
        store.updateSession(callSid, { [`field_${i}`]: i }),
      );
      expect(new Set(await Promise.all(updates))).toEqual(new Set([true]));
      const session = await store.getSession(callSid);
      expect(Object.keys(session ?? {}).filter((name) => name.startsWith('field_'))).toHaveLength(1_000);
    });

    it('gives back any JSON object as it was, through set and update', async () => {
      const value = fc.jsonValue({ maxDepth: 3 });
      const reserved = ['call_sid', 'created_at', 'last_updated', '__proto__'];
      const name = fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !reserved.includes(text));
      const object = fc.dictionary(name, value, { noNullPrototype: true, maxKeys: 6 });
      await fc.assert(
        fc.asyncProperty(object, object, async (data, updates) => {
          const callSid = newCall();
          await store.setSession(callSid, data);
          await store.updateSession(callSid, updates);
          const { call_sid, created_at, last_updated, ...rest } = (await store.getSession(callSid)) ?? {};
          expect(rest).toEqual(JSON.parse(JSON.stringify({ ...data, ...updates })));
        }),
        { numRuns: runs(50) },
      );
    });

    it('does not hold on to what it was given or gave', async () => {
      const callSid = newCall();
      const collected = { service_type: 'brakes' };
      await store.setSession(callSid, { collected_data: collected });
      collected.service_type = 'tires';
      const read = await store.getSession(callSid);
      if (read) read.collected_data = null;
      expect(await store.getSession(callSid)).toMatchObject({ collected_data: { service_type: 'brakes' } });
    });

    it('rejects what could never be stored, and says why', async () => {
      const callSid = newCall();
      await expect(store.setSession('', {})).rejects.toThrow('empty');
      await expect(store.setSession(callSid, {}, 0)).rejects.toThrow('positive');
      await expect(store.setSession(callSid, {}, Number.NaN)).rejects.toThrow('positive');
    });

    it.each(HOSTILE_VALUES)(
      'rejects %s in a session, and leaves what is stored',
      async (_name, make, told) => {
        const callSid = newCall();
        await store.setSession(callSid, { kept: true });
        for (const data of [{ at: make() }, { collected_data: { list: [make()] } }]) {
          await expect(store.setSession(callSid, data)).rejects.toThrow(badRequest(told));
          await expect(store.updateSession(callSid, data)).rejects.toThrow(badRequest(told));
        }
        expect(await store.getSession(callSid)).toMatchObject({ kept: true });
      },
    );

    it.each(HOSTILE_VALUES)('rejects %s as a session', async (_name, make) => {
      const [callSid, data] = [newCall(), make()];
      await expect(Reflect.apply(store.setSession, store, [callSid, data])).rejects.toThrow(
        badRequest(/object/),
      );
      await expect(Reflect.apply(store.updateSession, store, [callSid, data])).rejects.toThrow(
        badRequest(/object/),
      );
      expect(await store.getSession(callSid)).toBeNull();
    });

    it('keeps names that are also methods, and half characters, as they were', async () => {
      const callSid = newCall();
      const data = JSON.parse(
        '{"__proto__":{"admin":true},"constructor":1,"half":"\\ud800","deep":{"__proto__":1}}',
      );
      expect(await store.setSession(callSid, data)).toBe(true);
      expect(JSON.stringify(await store.getSession(callSid))).toContain(
        '"__proto__":{"admin":true},"constructor":1,"half":"\\ud800","deep":{"__proto__":1}',
      );
    });
  });
}

function badRequest(message: RegExp) {
  return expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringMatching(message) });
}
