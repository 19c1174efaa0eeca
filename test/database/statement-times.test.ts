import { eq, sql as statement } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { calls } from '../../src/database/call-schema.js';
import { openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';
import { operationOf } from '../../src/database/statement-times.js';

describe('statements that take long', () => {
  test.each([
    ['select "id" from "public"."calls" where "public"."calls"."call_sid" = $1', 'select calls'],
    ['insert into "public"."appointments" ("id") values (default)', 'insert appointments'],
    ['update "public"."appointments" set "status" = $1', 'update appointments'],
    ['delete from "public"."wrong_vin_tries" where id in (select id from x)', 'delete wrong_vin_tries'],
    ['\n  select hour from (select 1 from "public"."calls") as chosen', 'select calls'],
    ['select pg_advisory_xact_lock($1)', 'lock'],
    ['begin isolation level read committed read write; set local x = 1', 'begin'],
    ['commit', 'commit'],
    ['select 1', 'select'],
    ['', 'statement'],
  ])('are told by what they are: %s', (text, operation) => {
    expect(operationOf(text)).toBe(operation);
  });

  test('are told in a run and in a transaction, failed ones too, and never with a value', async () => {
    const told: string[] = [];
    const slow = { thresholdMs: -1, took: (operation: string) => told.push(operation) };
    const database = await openDatabase({ dataDir: 'memory', logger: silentLogger(), slow });
    await database.ready;
    told.length = 0;
    await database.run((sql) =>
      sql.select().from(customers).where(eq(customers.phoneNumber, '+15125550123')),
    );
    expect(told.splice(0)).toEqual(['connection', 'select customers']);
    await database.transaction((sql) => sql.delete(calls));
    expect(told.splice(0)).toEqual(['connection', 'begin', 'delete calls', 'commit']);
    await expect(database.run((sql) => sql.execute(statement`select 1 / 0`))).rejects.toThrow();
    expect(told.splice(0)).toEqual(['connection', 'select']);
    await database.locked(1, { ask: (sql) => sql.$count(calls), work: (sql) => sql.delete(calls) });
    expect(told).toEqual(['connection', 'lock', 'delete calls', 'commit']);
    await database.close();
  });
});
