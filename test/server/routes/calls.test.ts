import express from 'express';
import request from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { CallLog } from '../../../src/call-log/call-log.js';
import { silentLogger } from '../../../src/core/logger.js';
import { errorHandler } from '../../../src/server/middleware/error-handler.js';
import { callRoutes } from '../../../src/server/routes/calls.js';
import { endedCall } from '../../support/finished-call.js';
import { DATABASE_KINDS } from '../../support/test-database.js';

const NO_WAVEFORMS = async () => null;
const NO_ERASURES = { call: async () => false };

// An hour for each call of some days around one on which the clock changes, in UTC.
const HOURS = Array.from({ length: 96 }, (_, hour) => new Date(Date.UTC(2026, 2, 6, hour)).toISOString());

const kind = DATABASE_KINDS.at(-1);
if (kind === undefined) throw new Error('there is no database to test with');

describe('the calls of a day', async () => {
  const { database, drop } = await kind.create();
  const calls = new CallLog({ database, logger: silentLogger() });
  for (const [n, started_at] of HOURS.entries()) {
    calls.record({ ...endedCall(`CA${String(n).padStart(32, '0')}`), started_at, ended_at: started_at });
  }
  afterAll(() => calls.close().then(drop));

  test.each([
    ['America/Chicago', 'from=2026-03-07&to=2026-03-08', '2026-03-07T06:00:00.000Z', 24],
    // The clock is put on: 23 hours.
    ['America/Chicago', 'from=2026-03-08&to=2026-03-09', '2026-03-08T06:00:00.000Z', 23],
    ['Pacific/Kiritimati', 'from=2026-03-08&to=2026-03-09', '2026-03-07T10:00:00.000Z', 24],
    ['Pacific/Pago_Pago', 'from=2026-03-08&to=2026-03-09', '2026-03-08T11:00:00.000Z', 24],
    ['Asia/Kathmandu', 'from=2026-03-08&to=2026-03-09', '2026-03-07T19:00:00.000Z', 24],
    ['America/Chicago', 'from=2026-03-07T18:00&to=2026-03-07T20:00', '2026-03-08T00:00:00.000Z', 2],
    ['America/Chicago', 'from=2026-03-07T18:00Z&to=2026-03-07T20:00Z', '2026-03-07T18:00:00.000Z', 2],
    [
      'America/Chicago',
      'from=2026-03-07T18:00%2B01:00&to=2026-03-07T20:00%2B0100',
      '2026-03-07T17:00:00.000Z',
      2,
    ],
    ['UTC', 'from=2026-03-07&to=2026-03-07', undefined, 0],
    ['UTC', 'from=2026-03-08&to=2026-03-07', undefined, 0],
  ])('in %s, %s, are those of the shop', async (timezone, period, first, count) => {
    const app = express().use(
      callRoutes(calls, NO_WAVEFORMS, NO_ERASURES, () => timezone),
      errorHandler(silentLogger()),
    );
    await expect.poll(() => calls.waiting).toBe(0);
    const { body } = await request(app).get(`/api/calls?${period}&limit=200`).expect(200);
    const starts = body.calls.map((call: { started_at: string }) => call.started_at);
    expect({ count: starts.length, first: starts.at(-1) }).toEqual({ count, first });
  });

  test('are all, those that were made to try the line, or the others', async () => {
    const app = express().use(
      callRoutes(calls, NO_WAVEFORMS, NO_ERASURES, () => 'UTC'),
      errorHandler(silentLogger()),
    );
    const tried = `CA${'f'.repeat(32)}`;
    calls.record({ ...endedCall(tried), test: true, started_at: '2026-01-01T00:00:00.000Z' });
    await expect.poll(() => calls.waiting).toBe(0);
    const sids = async (query: string) => {
      const { body } = await request(app).get(`/api/calls?to=2026-03-06T01:00&${query}`).expect(200);
      return body.calls.map((call: { call_sid: string }) => call.call_sid);
    };
    const real = `CA${'0'.repeat(32)}`;
    expect([await sids(''), await sids('test=1'), await sids('test=0')]).toEqual([
      [real, tried],
      [tried],
      [real],
    ]);
    await request(app).get('/api/calls?test=2').expect(400);
  });

  test('can be told by the gateway that has them, and by no other name', async () => {
    const app = express().use(
      callRoutes(calls, NO_WAVEFORMS, NO_ERASURES, () => 'UTC'),
      errorHandler(silentLogger()),
    );
    await request(app)
      .get(`/api/calls/CA${'0'.repeat(32)}`)
      .expect(200);
    for (const odd of ['%00', 'CA1', `ca${'0'.repeat(32)}`, `CA${'0'.repeat(33)}`, '1', '%F0%9F%92%A9']) {
      await request(app).get(`/api/calls/${odd}`).expect(404);
    }
  });
});
