import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import type { EndedCall, FinishedCall } from '../../src/call-log/finished-call.js';
import { silentLogger } from '../../src/core/logger.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { formsOf } from '../../src/customers/phone-number.js';
import { callbacks, calls, erasures } from '../../src/database/call-schema.js';
import { customerImportRows, customerImports } from '../../src/database/import-schema.js';
import { appointments, customers, vehicles, wrongVinTries } from '../../src/database/schema.js';
import { ErasedRecordings } from '../../src/privacy/erased-recordings.js';
import { Eraser } from '../../src/privacy/eraser.js';
import { finishedCall, NOTHING_DUE } from '../support/finished-call.js';
import { logSink } from '../support/log-sink.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const PHONE = '+15125550123';
const OTHER_PHONE = '+15125550124';
const maria = {
  phone_number: PHONE,
  first_name: 'Maria',
  last_name: 'Alvarez',
  notes: 'Maria pays in cash.',
};
const james = { phone_number: OTHER_PHONE, first_name: 'James', last_name: 'Oduya' };
const said = (content: string) => [{ role: 'user', content, timestamp: '2026-03-02T15:00:00.000Z' }];
const TRACES = [PHONE, PHONE.slice(2), 'Maria', 'Alvarez', 'KNADM4A31G6000000', 'ABC 123'];

/** What erasure must do in every kind of database. */
export function eraserContract({ name, create }: DatabaseKind): void {
  describe(`erasure in ${name}`, () => {
    let store: TestDatabase;
    let log: CallLog;
    let now: Date;
    let onTheLine: string | null;
    let cacheAnswers: boolean[];
    let areRecordingsDropped: boolean;
    const uncached: string[] = [];
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      log = new CallLog({ database: store.database, logger: silentLogger() });
      now = new Date('2026-03-02T16:00:00Z');
      onTheLine = null;
      cacheAnswers = [];
      areRecordingsDropped = true;
      uncached.length = 0;
    });

    const erasers: Eraser[] = [];
    // They go on in the background.
    afterEach(() => {
      for (const each of erasers.splice(0)) each.close();
    });
    const eraser = () => {
      const made = new Eraser({
        database: store.database,
        logger: silentLogger(),
        formsOf,
        isOnTheLine: async (phone) => phone === onTheLine,
        uncache: async (phone) => {
          uncached.push(phone);
          return cacheAnswers.shift() ?? true;
        },
        recordWaiting: () => log.recordWaiting(),
        dropRecordings: async () => areRecordingsDropped,
        clock: () => now,
      });
      erasers.push(made);
      return made;
    };
    const record = async (...finished: (FinishedCall & Partial<EndedCall>)[]) => {
      for (const call of finished) log.record({ ...NOTHING_DUE, ...call });
      await log.recordWaiting();
    };
    const everything = async () => {
      const people = [customers, vehicles, appointments, customerImportRows];
      const tables = [...people, calls, callbacks, wrongVinTries, erasures];
      const rows = await store.database.run(async (sql) => {
        const found: unknown[] = [];
        for (const table of tables) found.push(...(await sql.select().from(table)));
        return found;
      });
      return JSON.stringify(rows);
    };
    const at = (hour: string) => new Date(`2026-03-03T${hour}:00:00Z`);
    const place = (hour: number) => ({
      serviceType: 'tires',
      bay: 1,
      startsAt: at(String(hour)),
      endsAt: at(String(hour + 1)),
    });
    const repository = () => new CustomerRepository({ database: store.database, timezone: () => 'UTC' });
    const customer = async (fields: typeof maria | typeof james) => (await repository().create(fields)).id;

    test('leaves neither number nor name nor words, and what the figures need', async () => {
      const id = await customer(maria);
      const { database } = store;
      const car = { make: 'Kia', model: 'Rio', vin: 'KNADM4A31G6000000', plate: 'ABC 123' };
      await repository().addVehicle(id, car);
      await record(
        finishedCall('CA1', { customer_id: id, transcript: said('I am Maria') }),
        finishedCall('CA2', { caller_phone: PHONE.slice(2), full_transcript: said('Alvarez, 5125550123') }),
        finishedCall('CA3', { caller_phone: '+15125550199', customer_id: id }),
        finishedCall('CA4', { caller_phone: 'anonymous', transcript: said('My name is Maria') }),
      );
      const booked = { status: 'booked', customerId: id, callSid: 'CA4', notes: 'For Maria' } as const;
      const theirs = { reason: 'requested', summary: 'Maria, ring 5125550123' } as const;
      await database.run(async (sql) => {
        await sql.update(calls).set({ summary: 'Maria wants tires' });
        const [file] = await sql.insert(customerImports).values({ status: 'accepted' }).returning();
        const row = { ...maria, email: null, vehicles: [] };
        await sql.insert(customerImportRows).values({ importId: file?.id ?? 0, place: 0, customer: row });
        await sql.insert(appointments).values([
          { ...place(15), ...booked },
          { ...place(17), status: 'completed', callerPhone: PHONE },
        ]);
        await sql.insert(callbacks).values([
          { callSid: 'CA1', callerPhone: PHONE, ...theirs },
          { callSid: 'CA4', callerPhone: 'anonymous', ...theirs },
        ]);
        await sql.insert(wrongVinTries).values({ phoneNumber: PHONE, triedAt: now });
      });
      const counts = { calls: 4, appointments: 2, callbacks: 2 };
      expect(await eraser().customer(id)).toEqual({ ...counts, complete: true });
      const left = await everything();
      for (const trace of TRACES) expect(left).not.toContain(trace);
      for (const sid of ['CA1', 'CA2', 'CA3', 'CA4']) {
        const { states, duration_ms, outcome } = finishedCall(sid);
        const nobody = { caller_phone: 'erased', customer_id: null, transcript: [], full_transcript: null };
        expect(await log.get(sid)).toMatchObject({ states, duration_ms, outcome, ...nobody });
      }
      const kept = await database.run((sql) => sql.select().from(appointments));
      expect(kept.map(({ startsAt }) => startsAt)).toEqual([at('15'), at('17')]);
      expect(await eraser().customer(id)).toBeNull();
    });

    test('touches nobody else', async () => {
      const [id, other] = [await customer(maria), await customer(james)];
      const theirs = finishedCall('CA9', { caller_phone: OTHER_PHONE, customer_id: other });
      await record(theirs);
      await store.database.run(async (sql) => {
        const row = { ...place(15), status: 'booked', customerId: other, notes: 'Asks for James' } as const;
        await sql.insert(appointments).values({ ...row, callerPhone: PHONE });
        await sql.insert(wrongVinTries).values({ phoneNumber: OTHER_PHONE, triedAt: now });
      });
      await eraser().customer(id);
      expect(await log.get('CA9')).toEqual(theirs);
      const [appointment] = await store.database.run((sql) => sql.select().from(appointments));
      expect(appointment).toMatchObject({ customerId: other, callerPhone: null, notes: 'Asks for James' });
      expect(await store.database.run((sql) => sql.$count(wrongVinTries))).toBe(1);
      expect(await store.database.run((sql) => sql.$count(customers))).toBe(1);
    });

    test('is refused while the customer is on the phone, and then nothing is erased', async () => {
      const id = await customer(maria);
      onTheLine = PHONE;
      await expect(eraser().customer(id)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await everything()).toContain('Maria');
    });

    test('holds for a call that had begun and is recorded later, with all that it left', async () => {
      const id = await customer(maria);
      await eraser().customer(id);
      await store.database.run(async (sql) => {
        const row = { ...place(15), status: 'booked', callSid: 'CA1', callerPhone: PHONE } as const;
        await sql.insert(appointments).values(row);
        const unanswered = { callSid: 'CA1', callerPhone: PHONE, reason: 'no_person_answered' } as const;
        await sql.insert(callbacks).values(unanswered);
        await sql.insert(wrongVinTries).values({ phoneNumber: PHONE, triedAt: now });
      });
      const before = { started_at: '2026-03-02T15:59:59.000Z', transcript: said('Maria here') };
      const callback = {
        reason: 'requested',
        urgent: false,
        summary: 'Maria, ring me',
        is_dialled: false,
      } as const;
      await record({ ...finishedCall('CA1', { ...before, customer_id: id, summary: 'Maria' }), callback });
      const told = { call_sid: 'CA3', caller_phone: PHONE, can_be_rung: true, dial_status: 'busy' };
      log.dialled({ ...told, time: '2026-03-02T16:10:00.000Z' });
      await record(finishedCall('CA2', { ...before, caller_phone: PHONE.slice(2) }));
      const left = await everything();
      for (const trace of TRACES) expect(left).not.toContain(trace);
      expect(await log.get('CA1')).toMatchObject({ outcome: 'booked', caller_phone: 'erased' });
      const rows = await store.database.run((sql) => sql.select().from(erasures));
      expect(rows.map(({ callSids }) => callSids)).toEqual([[], ['CA1'], ['CA2']]);
    });

    test('does not hold for who calls again', async () => {
      await eraser().customer(await customer(maria));
      const later = finishedCall('CA1', { started_at: '2026-03-02T16:00:01.000Z' });
      await record(later, finishedCall('CA2', { caller_phone: OTHER_PHONE }));
      expect(await log.get('CA1')).toEqual(later);
      expect((await log.get('CA2'))?.caller_phone).toBe(OTHER_PHONE);
    });

    test('is whole when calls are recorded at the same time', async () => {
      const id = await customer(maria);
      const finished = Array.from({ length: 30 }, (_, n) => finishedCall(`CA${n}`));
      for (const call of finished.slice(0, 15)) log.record({ ...NOTHING_DUE, ...call });
      const erased = eraser().customer(id);
      for (const call of finished.slice(15)) log.record({ ...NOTHING_DUE, ...call });
      await erased;
      await log.recordWaiting();
      expect(await log.list({ limit: 50 })).toHaveLength(30);
      expect(await everything()).not.toContain(PHONE.slice(2));
    });

    // Which database it is makes no difference to that, and it takes five seconds.
    test.runIf(name === 'PGlite')(
      'goes on until Redis has answered, and says that it was not complete',
      async () => {
        const id = await customer(maria);
        cacheAnswers = [false];
        expect(await eraser().customer(id)).toMatchObject({ complete: false });
        await expect.poll(() => uncached.length).toBe(3);
        expect(new Set(uncached)).toEqual(new Set([PHONE]));
      },
    );

    test('says that it was not complete when a recording could not be deleted', async () => {
      const id = await customer(maria);
      areRecordingsDropped = false;
      expect(await eraser().customer(id)).toMatchObject({ complete: false });
    });

    test('reaches the recordings of every gateway, also of one that was away or whose disk failed', async () => {
      const { database } = store;
      let isBroken = true;
      const dropped: string[][] = [];
      const drop = async (callSids: readonly string[]) => {
        if (isBroken) throw new Error('EIO: i/o error');
        dropped.push([...callSids]);
        return callSids.length;
      };
      const { logger, lines } = logSink('info');
      let forgotten = 0;
      const forgetNames = () => {
        forgotten += 1;
      };
      const other = new ErasedRecordings({ database, logger, drop, forgetNames, clock: () => now });
      await record(finishedCall('CA1'), finishedCall('CA2'));
      await eraser().call('CA1');
      await other.look();
      isBroken = false;
      await other.look();
      now = new Date(now.getTime() + 3_600_000);
      await eraser().call('CA2');
      await other.look();
      now = new Date(now.getTime() + 3_600_000);
      await other.look();
      await other.look();
      // Not the last time: nobody was erased lately.
      expect(forgotten).toBe(4);
      expect(dropped).toEqual([['CA1'], ['CA1', 'CA2'], ['CA2'], []]);
      expect(lines().map(({ level }) => level)).toEqual(['warn', 'info', 'info', 'info']);
    });

    test('of a call takes the number and the words, and leaves the call and its customer', async () => {
      const id = await customer(maria);
      await record(finishedCall('CA1', { customer_id: id }), finishedCall('CA2', { customer_id: id }));
      const row = { callSid: 'CA1', callerPhone: PHONE, reason: 'requested' } as const;
      await store.database.run((sql) => sql.insert(callbacks).values(row));
      expect(await eraser().call('CA1')).toBe(true);
      expect(await eraser().call('CA1')).toBe(true);
      expect(await eraser().call('CA3')).toBe(false);
      const nobody = { caller_phone: 'erased', customer_id: null, transcript: [], outcome: 'booked' };
      expect(await log.get('CA1')).toMatchObject(nobody);
      expect((await log.get('CA2'))?.caller_phone).toBe(PHONE);
      expect(await store.database.run((sql) => sql.$count(callbacks))).toBe(0);
      expect(await store.database.run((sql) => sql.$count(customers))).toBe(1);
    });
  });
}
