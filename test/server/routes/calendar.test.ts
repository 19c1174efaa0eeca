import ICAL from 'ical.js';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CalendarAnswer } from '../../../src/server/routes/calendar.js';
import { WRONG_TOKENS_A_MINUTE } from '../../../src/server/wrong-tokens.js';
import { documentedApi } from '../../support/documented-answers.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({}, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const api = () => request(house.url);
/** Every answer is held against the document. */
const documented = () => documentedApi(house.url);
/** A new calendar's path; asked for from this machine, and read from anywhere. */
async function rotated(query = ''): Promise<string> {
  const { body } = await api().post(`/api/calendar/rotate${query}`).expect(200);
  return new URL(CalendarAnswer.parse(body).url).pathname;
}
function eventsOf(text: string): ICAL.Event[] {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return calendar.getAllSubcomponents('vevent').map((each) => new ICAL.Event(each));
}

describe('the calendar', () => {
  test('has no address at first, then the one that was made last', async () => {
    expect((await api().get('/api/calendar').expect(200)).body).toBeNull();
    const first = await rotated();
    await api().get(first).expect(200);
    const { body } = await api().get('/api/calendar').expect(200);
    expect(body).toEqual({ url: `${house.gateway.publicUrl}${first}`, names: false });
    const second = await rotated('?names=1');
    await api().get(first).expect(404);
    await api().get(second).expect(200);
    expect((await api().get('/api/calendar')).body.names).toBe(true);
  });

  test('holds every appointment of the book, and is read by a public parser', async () => {
    const { body } = await api().get('/api/appointments?limit=200').expect(200);
    const shown = body.appointments.filter(({ status }: { status: string }) => status !== 'cancelled');
    const answer = await api()
      .get(await rotated())
      .expect(200);
    expect(answer.headers['content-type']).toBe('text/calendar; charset=utf-8');
    const events = eventsOf(answer.text);
    expect(events.map(({ startDate }) => startDate.toJSDate().getTime()).sort()).toEqual(
      shown.map(({ date }: { date: string }) => Date.parse(date)).sort(),
    );
    expect(events[0]?.summary).toMatch(/^Bay \d: /);
    expect(answer.text).not.toContain('DESCRIPTION');
    expect((await api().get(await rotated('?names=1'))).text).toContain('DESCRIPTION');
  });

  test('is sent again only after a change', async () => {
    const path = await rotated();
    const first = await api().get(path).expect(200);
    const again = () =>
      api()
        .get(path)
        .set('If-None-Match', first.headers.etag ?? '');
    await again().expect(304);
    const { body } = await api().get('/api/appointments?limit=200').expect(200);
    const coming = body.appointments.find(
      ({ date, status }: { date: string; status: string }) =>
        status === 'booked' && Date.parse(date) > Date.now(),
    );
    await api().delete(`/api/appointments/${coming.id}`).expect(200);
    const changed = await again().expect(200);
    expect(changed.headers.etag).not.toBe(first.headers.etag);
    expect(eventsOf(changed.text)).toHaveLength(eventsOf(first.text).length - 1);
    await api().head(path).expect(200);
  });

  test('is not found by another secret, and whoever tries many waits', async () => {
    const path = await rotated();
    await documented().get(path).expect(200);
    for (const wrong of ['x', '%00', 'a'.repeat(32), `${path.slice(10, -5)}`])
      await documented().get(`/calendar/${wrong}.ics`).expect(404);
    await documented().get('/calendar/').expect(404);
    const statuses: number[] = [];
    for (let n = 0; n < WRONG_TOKENS_A_MINUTE; n += 1)
      statuses.push((await documented().get(`/calendar/${n}.ics`)).status);
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
    const answer = await documented().get('/calendar/one-more.ics').expect(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    // Who has had the right one goes on.
    await documented().get(path).expect(200);
    const secret = path.slice('/calendar/'.length, -4);
    expect(house.log.text()).not.toContain(secret);
    expect(house.log.text()).toContain('/calendar/***');
  });

  test('refuses what it does not understand', async () => {
    await documented().post('/api/calendar/rotate?names=perhaps').expect(400);
    await documented().post('/calendar/x.ics').expect(404);
  });
});
