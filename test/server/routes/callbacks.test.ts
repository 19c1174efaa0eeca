import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CallLog } from '../../../src/call-log/call-log.js';
import { CallbackAnswer } from '../../../src/call-log/callbacks.js';
import { silentLogger } from '../../../src/core/logger.js';
import { errorHandler } from '../../../src/server/middleware/error-handler.js';
import { callbackRoutes } from '../../../src/server/routes/callbacks.js';
import { callRoutes } from '../../../src/server/routes/calls.js';
import { endedCall } from '../../support/finished-call.js';
import { lendEmbedded, type TestDatabase } from '../../support/test-database.js';

const NO_WAVEFORMS = async () => null;
const NO_ERASURES = { call: async () => false };

const sid = (n: number) => `CA${String(n).padStart(32, '0')}`;
let store: TestDatabase;
let log: CallLog;
beforeAll(async () => {
  store = await lendEmbedded();
  log = new CallLog({ database: store.database, logger: silentLogger() });
  for (const [n, urgent] of [false, true, false].entries()) {
    const callback = { reason: 'requested', urgent, summary: `Call ${n}.`, is_dialled: false } as const;
    const caller_phone = `+1512555012${n}`;
    const ended_at = new Date(Date.UTC(2026, 2, 2, 15, n)).toISOString();
    log.record(endedCall(sid(n), { outcome: 'callback_requested', caller_phone, ended_at, callback }));
  }
  log.record(endedCall(sid(3)));
  await vi.waitFor(() => expect(log.waiting).toBe(0));
}, 60_000);
afterAll(() => log.close().then(() => store.drop()));

const api = () =>
  request(
    express().use(
      express.json(),
      callbackRoutes(log.callbacks),
      callRoutes(log, NO_WAVEFORMS, NO_ERASURES, () => 'UTC'),
      errorHandler(silentLogger()),
    ),
  );
const sids = ({ body }: { body: { callbacks: { call_sid: string }[] } }) =>
  body.callbacks.map(({ call_sid }) => Number(call_sid.at(-1)));

describe('the list of call-backs over HTTP', () => {
  test('has the urgent first, then the oldest, in pages, as its schema says', async () => {
    const all = await api().get('/api/callbacks?status=open').expect(200);
    expect(sids(all)).toEqual([1, 0, 2]);
    const answer = CallbackAnswer.strict().array();
    expect(answer.parse(all.body.callbacks)).toEqual(all.body.callbacks);
    const first = await api().get('/api/callbacks?limit=2').expect(200);
    const before = first.body.callbacks[1].id;
    expect(sids(await api().get(`/api/callbacks?limit=2&before=${before}`).expect(200))).toEqual([2]);
  });

  test('names every wrong field', async () => {
    const { body } = await api().get('/api/callbacks?status=waiting&limit=0&before=x').expect(400);
    expect(body.error).toBe(
      'status must be one of open, done; limit must be a whole number from 1 to 200; before must be an id.',
    );
    const wrong = { status: 'late', note: '', caller_phone: '1' };
    const answer = await api().patch('/api/callbacks/1').send(wrong).expect(400);
    for (const field of ['status must be one of', 'note must not be empty', 'caller_phone'])
      expect(answer.body.error).toContain(field);
  });

  test('is worked off, also twice, and put back', async () => {
    const [urgent] = (await api().get('/api/callbacks')).body.callbacks;
    const path = `/api/callbacks/${urgent.id}`;
    const change = { status: 'done', note: 'Rang back: comes on Monday.' };
    for (const _ of [1, 2]) {
      const { body } = await api().patch(path).send(change).expect(200);
      expect(CallbackAnswer.strict().parse(body)).toEqual({ ...urgent, ...change });
    }
    expect(sids(await api().get('/api/callbacks?status=open'))).toEqual([0, 2]);
    expect(sids(await api().get('/api/callbacks?status=done'))).toEqual([1]);
    await api().patch(path).send({ status: 'open', note: null }).expect(200, urgent);
    await api().patch(path).send({}).expect(200, urgent);
  });

  test.each(['999999', '0', 'x', '2147483648'])('has nobody with the id %s', async (id) => {
    const { body } = await api().patch(`/api/callbacks/${id}`).send({ status: 'done' }).expect(404);
    expect(body.error).toMatch(/with this id/);
  });
});

describe('the calls with some outcomes', () => {
  test('are listed for one outcome or several', async () => {
    const outcomes = async (query: string) =>
      (await api().get(`/api/calls?${query}`).expect(200)).body.calls.map(
        (call: { outcome: string }) => call.outcome,
      );
    expect(await outcomes('outcome=booked')).toEqual(['booked']);
    expect(await outcomes('outcome=booked,callback_requested')).toHaveLength(4);
    expect(await outcomes('outcome=failed')).toEqual([]);
    const { body } = await api().get('/api/calls?outcome=booked,lost').expect(400);
    expect(body.error).toContain('outcome');
    expect(body.error).toContain('must be one or more of booked, callback_requested');
  });
});
