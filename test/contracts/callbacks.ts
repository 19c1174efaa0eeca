import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import type { Callback } from '../../src/call-log/callbacks.js';
import type { CallbackDue, CallbackReason, EndedCall } from '../../src/call-log/finished-call.js';
import { createLogger } from '../../src/core/logger.js';
import { appointments } from '../../src/database/schema.js';
import { endedCall } from '../support/finished-call.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const SERVED_LATER = 'Called again later and was served.';
const CALLER = '+15125550123';
const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 15, minute)).toISOString();

/** Whom the shop is to ring, in every kind of database. */
export function callbacksContract({ name, create }: DatabaseKind): void {
  describe(`the list of call-backs in ${name}`, () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'trace', destination: { write: (line) => lines.push(line) } });
    let store: TestDatabase;
    let log: CallLog;
    let other: CallLog;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      lines.length = 0;
      const open = () => new CallLog({ database: store.database, logger });
      [log, other] = [open(), open()];
    });
    afterEach(async () => {
      await Promise.all([log.close(), other.close()]);
      // Neither a number nor what the caller has left word of.
      expect(lines.join()).not.toMatch(/512555|About CA/);
    });

    const written = () => expect.poll(() => log.waiting + other.waiting).toBe(0);
    const record = async (...calls: EndedCall[]) => {
      for (const call of calls) log.record(call);
      await written();
    };
    const dialled = async (call_sid: string, dial_status: string, by = log, caller_phone = CALLER) => {
      const can_be_rung = caller_phone !== 'anonymous';
      by.dialled({ call_sid, caller_phone, can_be_rung, dial_status, time: new Date().toISOString() });
      await written();
    };
    const list = (status?: 'open' | 'done') => log.callbacks.list({ status, limit: 100 });
    const open = async () => (await list('open')).map(({ call_sid }) => call_sid);

    test('has a caller who was not served, with all that staff must know', async () => {
      await record(unserved('CA1', 'requested', 3, { customer_id: 9 }, { urgent: true }));
      expect(await list()).toEqual([
        {
          id: expect.any(Number),
          call_sid: 'CA1',
          caller_phone: CALLER,
          customer_id: 9,
          reason: 'requested',
          urgent: true,
          summary: 'About CA1.',
          created_at: at(3),
          status: 'open',
          note: null,
        },
      ]);
    });

    test('has nobody who was served, and no call of a browser', async () => {
      await record(endedCall('CA1'), endedCall('CA2', { test: true, outcome: 'failed' }));
      expect(await list()).toEqual([]);
    });

    test('has a call once, by whichever gateway and how often it is recorded', async () => {
      const call = unserved('CA1', 'dropped_off', 0);
      for (const each of [log, other, log, other]) each.record(call);
      await written();
      expect(await open()).toEqual(['CA1']);
      const [only] = await list();
      await log.callbacks.change(only?.id ?? 0, { status: 'done', note: 'Rang back.' });
      other.record(call);
      await written();
      expect(await list()).toMatchObject([{ status: 'done', note: 'Rang back.' }]);
    });

    test('stores a message with characters that PostgreSQL cannot hold', async () => {
      await record(unserved('CA1', 'requested', 0, {}, { summary: 'a\0b\ud800c' }));
      expect(await list()).toMatchObject([{ summary: 'ab\uFFFDc' }]);
    });

    test('gives up a call that the database refuses, without a word of it in the log', async () => {
      await record(unserved('CA1', 'requested', 0, { duration_ms: 9e15 }), unserved('CA2', 'requested', 1));
      expect(await open()).toEqual(['CA2']);
      expect(lines.join()).toContain('given up');
    });

    test('is in order with the urgent first, the oldest first, and what is done with the latest first, in pages', async () => {
      const minutes = [5, 3, 9, 1, 7, 3];
      const urgent = (n: number) => ({ urgent: n % 2 === 0 });
      await record(
        ...minutes.map((minute, n) =>
          unserved(`CA${n}`, 'requested', minute, { caller_phone: `+1512555010${n}` }, urgent(n)),
        ),
      );
      const order = ['CA0', 'CA4', 'CA2', 'CA3', 'CA1', 'CA5'];
      expect(await open()).toEqual(order);
      const paged = async (status: 'open' | 'done') => {
        const seen: Callback[] = [];
        for (;;) {
          const page = await log.callbacks.list({ status, limit: 2, before: seen.at(-1)?.id });
          seen.push(...page);
          if (page.length === 0) return seen;
        }
      };
      const waiting = await paged('open');
      expect(waiting.map(({ call_sid }) => call_sid)).toEqual(order);
      expect(await log.callbacks.list({ limit: 2, before: 2_000_000_000 })).toEqual([]);
      for (const { id } of waiting) await log.callbacks.change(id, { status: 'done' });
      const done = (await paged('done')).map(({ call_sid }) => call_sid);
      expect(done).toEqual(['CA2', 'CA4', 'CA0', 'CA5', 'CA1', 'CA3']);
    });

    test('is worked off by staff, who may put somebody back', async () => {
      await record(unserved('CA1', 'requested', 0));
      const id = (await list())[0]?.id ?? 0;
      const { callbacks } = log;
      expect(await callbacks.change(id, { note: 'Not at home.' })).toMatchObject({
        status: 'open',
        note: 'Not at home.',
      });
      expect(await callbacks.change(id, { status: 'done' })).toMatchObject({
        status: 'done',
        note: 'Not at home.',
      });
      expect(await open()).toEqual([]);
      expect(await callbacks.change(id, {})).toMatchObject({ status: 'done' });
      expect(await callbacks.change(id, { status: 'open', note: null })).toMatchObject({
        status: 'open',
        note: null,
      });
      expect(await open()).toEqual(['CA1']);
      expect(await callbacks.change(id + 1, { status: 'done' })).toBeNull();
    });

    test.each(['booked', 'completed'] as const)(
      'closes what a later call of the number that %s leaves behind',
      async (outcome) => {
        const calls = [
          unserved('CA1', 'dropped_off', 1),
          unserved('CA2', 'requested', 2, { caller_phone: '+15125550199' }),
          served('CA3', 5, { outcome }),
          unserved('CA4', 'dropped_off', 9),
        ];
        for (const order of [calls, calls.toReversed()]) {
          await emptyTables(store.database);
          await record(...order);
          // Cut off twice on a day: that is urgent, though the caller was served in between.
          expect(await open()).toEqual(['CA4', 'CA2']);
          expect(await list('done')).toMatchObject([{ call_sid: 'CA1', note: SERVED_LATER }]);
        }
      },
    );

    test('keeps what a call was promised while another of the number went on that then ended well', async () => {
      const calls = [
        unserved('CA4', 'requested', 2),
        served('CA1', 5, { started_at: at(0) }),
        put('CA2', 6, { started_at: at(1) }),
      ];
      for (const order of [calls, calls.toReversed()]) {
        await emptyTables(store.database);
        await record(...order);
        await dialled('CA2', 'completed');
        expect(await open()).toEqual(['CA4']);
      }
    });

    test('closes that of a call whose end became known only after a later one had ended well', async () => {
      const calls = [
        // Its stream broke: for a minute it may be picked up again.
        unserved('CA1', 'dropped_off', 4, { started_at: at(0) }),
        served('CA2', 3, { started_at: at(1) }),
      ];
      for (const order of [calls, calls.toReversed()]) {
        await emptyTables(store.database);
        await record(...order);
        expect(await list('done')).toMatchObject([{ call_sid: 'CA1', note: SERVED_LATER }]);
      }
    });

    describe('of calls that no agent talks with', () => {
      const turnedAway = (call_sid: string, minute: number, call: Partial<EndedCall> = {}) => {
        const due = { summary: 'Called while all lines were busy.', joins_open: true } as const;
        return unserved(call_sid, 'requested', minute, call, due);
      };
      const others = { caller_phone: '+15125550199' };

      test('has one of a number within ten minutes, which is that of the latest', async () => {
        const calls = [turnedAway('CA1', 0), turnedAway('CA2', 4), turnedAway('CA3', 5, others)];
        for (const order of [calls, calls.toReversed()]) {
          await emptyTables(store.database);
          await record(...order);
          for (const call of calls) other.record(call);
          await written();
          expect((await open()).sort()).toEqual(['CA2', 'CA3']);
        }
        await record(turnedAway('CA4', 40));
        expect((await open()).sort()).toEqual(['CA2', 'CA3', 'CA4']);
      });

      test('has another when the one before is done', async () => {
        await record(turnedAway('CA1', 0));
        await log.callbacks.change((await list())[0]?.id ?? 0, { status: 'done' });
        await record(turnedAway('CA2', 1));
        expect(await open()).toEqual(['CA2']);
        await record(served('CA3', 3), turnedAway('CA4', 4));
        expect(await open()).toEqual(['CA4']);
      });

      test('keeps it while the call that ended well began before the latest of them', async () => {
        const calls = [turnedAway('CA1', 0), turnedAway('CA3', 2), served('CA2', 5, { started_at: at(1) })];
        for (const order of [calls, calls.toReversed()]) {
          await emptyTables(store.database);
          await record(...order);
          expect(await open()).toEqual(['CA3']);
        }
      });

      test('has one beside what the number is to be rung for otherwise', async () => {
        await record(unserved('CA1', 'requested', 0), turnedAway('CA2', 1));
        expect(await open()).toEqual(['CA1', 'CA2']);
      });
    });

    test('keeps the note of staff when a later call closes it', async () => {
      await record(unserved('CA1', 'dropped_off', 1));
      await log.callbacks.change((await list())[0]?.id ?? 0, { note: 'Rings at six.' });
      await record(served('CA2', 5));
      expect(await list()).toMatchObject([{ status: 'done', note: `Rings at six. ${SERVED_LATER}` }]);
    });

    test('is not closed by a later call of which nothing came', async () => {
      await record(
        unserved('CA1', 'dropped_off', 1),
        served('CA2', 5, { outcome: 'abandoned' }),
        served('CA3', 6, { outcome: 'completed', intent: null }),
        served('CA4', 7, { outcome: 'hung_up', intent: 'shop_info' }),
        served('CA5', 8, { test: true }),
        unserved('CA6', 'unconfirmed_booking', 9, { outcome: 'booked' }),
        // Staff ended it.
        served('CA7', 10, { outcome: 'completed', path: 'greeting>booking' }),
      );
      expect(await open()).toEqual(['CA1', 'CA6']);
    });

    test('has who was cut off twice within a day on top, whichever call is recorded first', async () => {
      const calls = [
        unserved('CA1', 'dropped_off', 1),
        unserved('CA2', 'failed', 600),
        unserved('CA3', 'dropped_off', 1, { caller_phone: '+15125550199' }),
        unserved('CA4', 'failed', 1 + 1441, { caller_phone: '+15125550199' }),
      ];
      for (const order of [calls, calls.toReversed()]) {
        await emptyTables(store.database);
        await record(...order);
        const urgent = (await list()).filter((each) => each.urgent).map(({ call_sid }) => call_sid);
        expect(urgent).toEqual(['CA1', 'CA2']);
      }
    });

    test('says of a call that broke in the midst of a booking that it is one, when it was written after all', async () => {
      await insertBooking('CA1');
      await record(
        unserved('CA1', 'dropped_off', 1),
        unserved('CA2', 'dropped_off', 1, { caller_phone: '+15125550199' }),
      );
      const reasons = (await list()).map(({ call_sid, reason }) => [call_sid, reason]);
      expect(Object.fromEntries(reasons)).toEqual({ CA1: 'unconfirmed_booking', CA2: 'dropped_off' });
      expect((await list()).find(({ call_sid }) => call_sid === 'CA1')?.summary).toBe(
        'About CA1. The appointment is in the book.',
      );
    });

    test('says so, too, when it was written after the call had been recorded', async () => {
      const ended_at = new Date().toISOString();
      const phones = ['CA1', 'CA2', 'CA3', 'CA4'].map((sid, n) => [sid, `+1512555019${n}`] as const);
      await record(
        ...phones.map(([sid, caller_phone]) =>
          unserved(sid, sid === 'CA4' ? 'requested' : 'dropped_off', 1, { caller_phone, ended_at }),
        ),
      );
      const ids = [await insertBooking('CA1'), await insertBooking('CA2'), await insertBooking('CA4')];
      const second = eq(appointments.id, ids[1] ?? 0);
      await store.database.run((sql) => sql.update(appointments).set({ confirmed: true }).where(second));
      for (const each of [log, other]) expect(await each.callbacks.sweep()).toBe(4);
      expect((await list()).map(({ call_sid, reason, summary }) => [call_sid, reason, summary])).toEqual([
        ['CA1', 'unconfirmed_booking', 'About CA1. The appointment is in the book.'],
        ['CA2', 'dropped_off', 'About CA2.'],
        ['CA3', 'dropped_off', 'About CA3.'],
        ['CA4', 'requested', 'About CA4.'],
      ]);
    });

    test('leaves a call-back alone that is done, or of an older call', async () => {
      const ended_at = new Date().toISOString();
      const other = { caller_phone: '+15125550199' };
      await record(
        unserved('CA1', 'failed', 1, { ended_at }),
        unserved('CA2', 'failed', 1, { ...other, ended_at: new Date(Date.now() - 3_700_000).toISOString() }),
      );
      const [first] = (await list()).filter(({ call_sid }) => call_sid === 'CA1');
      await log.callbacks.change(first?.id ?? 0, { status: 'done' });
      for (const call of ['CA1', 'CA2']) await insertBooking(call);
      await log.callbacks.sweep();
      expect((await list()).map(({ reason }) => reason)).toEqual(['failed', 'failed']);
    });

    test('confirms with the end of a call what its caller has heard of, and nothing of anybody else', async () => {
      const [own, foreign] = [await insertBooking('CA1'), await insertBooking('CA9')];
      await record(
        endedCall('CA1', { confirmed_appointment: own }),
        endedCall('CA2', { confirmed_appointment: foreign }),
      );
      const rows = await store.database.run((sql) => sql.select().from(appointments));
      const confirmed = rows.filter((row) => row.confirmed).map(({ id }) => id);
      expect(confirmed).toEqual([own]);
    });

    describe('when a person was dialled', () => {
      test('has the caller only when nobody answers', async () => {
        await record(put('CA1', 1), put('CA2', 2, { caller_phone: '+15125550199' }));
        expect(await list()).toEqual([]);
        await dialled('CA1', 'no-answer', other);
        await dialled('CA2', 'completed', other, '+15125550199');
        expect(await list()).toMatchObject([
          { call_sid: 'CA1', reason: 'no_person_answered', status: 'open', created_at: at(1), urgent: true },
        ]);
        expect(await log.get('CA1')).toMatchObject({ dial_status: 'no-answer' });
        expect(await log.get('CA2')).toMatchObject({ dial_status: 'completed' });
      });

      test('takes the first that is told of it', async () => {
        await record(put('CA1', 1));
        for (const status of ['busy', 'completed', 'busy']) await dialled('CA1', status);
        expect(await open()).toEqual(['CA1']);
        expect(await log.get('CA1')).toMatchObject({ dial_status: 'busy' });
      });

      test.each(['busy', 'no-answer', 'failed', 'canceled'])(
        'knows of %s before the call has a row',
        async (status) => {
          await dialled('CA1', status);
          expect(await list()).toMatchObject([
            { call_sid: 'CA1', reason: 'no_person_answered', urgent: false },
          ]);
          await record(put('CA1', 1));
          expect(await list()).toMatchObject([
            { call_sid: 'CA1', summary: 'About CA1.', urgent: true, created_at: at(1) },
          ]);
          await expect.poll(async () => (await log.get('CA1'))?.dial_status).toBe(status);
        },
      );

      test('knows of an answer before the call has a row, at another gateway', async () => {
        await dialled('CA1', 'completed', other);
        await record(put('CA1', 1), unserved('CA0', 'dropped_off', 0));
        await other.claim();
        await written();
        expect(await open()).toEqual([]);
        expect(await list()).toMatchObject([{ call_sid: 'CA0', note: SERVED_LATER }]);
      });

      test('closes earlier ones of the number only when somebody answers', async () => {
        await record(unserved('CA1', 'dropped_off', 1), put('CA2', 2));
        expect(await open()).toEqual(['CA1']);
        await dialled('CA2', 'completed');
        expect(await open()).toEqual([]);
      });

      test('has nobody who cannot be rung', async () => {
        await dialled('CA1', 'busy', log, 'anonymous');
        await record(put('CA1', 1, { caller_phone: 'anonymous', callback: null }));
        await dialled('CA1', 'busy', log, 'anonymous');
        expect(await list()).toEqual([]);
        expect(await log.get('CA1')).toMatchObject({ dial_status: 'busy' });
      });

      test('has the caller after four hours when nobody ever tells what came of it', async () => {
        const ended_at = new Date(Date.now() - 4 * 3_600_000 - 1000).toISOString();
        await record(put('CA1', 1, { ended_at }), put('CA2', 1, { ended_at: new Date().toISOString() }));
        expect(await list()).toEqual([]);
        expect(await log.callbacks.sweep()).toBe(1);
        expect(await open()).toEqual(['CA1']);
        await dialled('CA1', 'completed');
        expect(await list()).toMatchObject([
          { call_sid: 'CA1', status: 'done', note: 'A person answered the call.' },
        ]);
      });
    });

    async function insertBooking(callSid: string): Promise<number> {
      const starts = Date.UTC(2026, 5, 1) + 3_600_000 * Number(callSid.slice(2));
      const [startsAt, endsAt] = [new Date(starts), new Date(starts + 1_800_000)];
      const row = { serviceType: 'brakes', startsAt, endsAt, bay: 1, status: 'booked', callSid } as const;
      const added = await store.database.run((sql) => sql.insert(appointments).values(row).returning());
      return added[0]?.id ?? 0;
    }
  });
}

function unserved(
  call_sid: string,
  reason: CallbackReason,
  minute: number,
  call: Partial<EndedCall> = {},
  callback: Partial<CallbackDue> = {},
): EndedCall {
  const due = { reason, urgent: false, summary: `About ${call_sid}.`, is_dialled: false, ...callback };
  return served(call_sid, minute, { outcome: 'hung_up', callback: due, ...call });
}

/** A call that began and ended in this minute. */
function served(call_sid: string, minute: number, call: Partial<EndedCall> = {}): EndedCall {
  return endedCall(call_sid, { started_at: at(minute), ended_at: at(minute), ...call });
}

/** A call that was put through to a person. */
function put(call_sid: string, minute: number, call: Partial<EndedCall> = {}): EndedCall {
  const due = { urgent: true, is_dialled: true };
  return unserved(call_sid, 'no_person_answered', minute, { outcome: 'transferred', ...call }, due);
}
