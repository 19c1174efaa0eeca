import { DateTime } from 'luxon';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TwilioCall } from '../../../packages/twilio-simulator/src/twilio-call.js';
import type { Appointment } from '../../../src/appointments/appointment.js';
import type { FinishedCall } from '../../../src/call-log/finished-call.js';
import { DEMO_CALLER } from '../../../src/desk/demo-customers.js';
import { nineServices } from '../../support/nine-services.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const WITHIN = { interval: 20 };

type EndOfHouse = [whenFinished?: (end: () => Promise<void>) => void];

/** A shop that never closes: when a test runs must not matter. */
async function openHouse(hours: string, ...ending: EndOfHouse): Promise<TestGateway> {
  const house = await startGateway({ SHOP_HOURS: hours }, undefined, ...ending);
  await shopIsReady(house);
  return house;
}

async function change({ url }: TestGateway, what: string, changes: object): Promise<void> {
  const response = await fetch(`${url}/api/${what}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(changes),
  });
  expect(response.status).toBe(200);
}

/** The last thing that the caller has heard to its end. */
async function hears(house: TestGateway, { callSid }: TwilioCall, words: RegExp): Promise<void> {
  await vi.waitFor(async () => {
    const session = await house.live(callSid);
    expect(session?.speaking).toBe(false);
    expect(session?.conversation_history.at(-1)?.content).toMatch(words);
  }, WITHIN);
}

/** Presses each key when what belongs to it was heard. */
async function walk(house: TestGateway, call: TwilioCall, steps: readonly [RegExp, string][]): Promise<void> {
  for (const [words, key] of steps) {
    await hears(house, call, words);
    call.press(key);
  }
}

async function finished({ get }: TestGateway, callSid: string): Promise<FinishedCall> {
  return vi.waitFor(async () => {
    const ended = await get<FinishedCall & { error?: string }>(`/api/calls/${callSid}`);
    expect(ended.error).toBeUndefined();
    return ended;
  }, WITHIN);
}

/** What the demo caller has booked, soonest first. */
async function booked({ get }: TestGateway): Promise<readonly Appointment[]> {
  const { customers } = await get<{ customers: { id: number }[] }>(
    `/api/customers?phone=${encodeURIComponent(DEMO_CALLER)}`,
  );
  const { appointments } = await get<{ appointments: Appointment[] }>('/api/appointments?limit=100');
  return appointments
    .filter(({ customer_id, status }) => customer_id === customers[0]?.id && status === 'booked')
    .filter(({ date }) => Date.parse(date) > Date.now())
    .sort((a, b) => Date.parse(a.date) - Date.parse(b.date));
}

/** Of the agent, after the last key: what was done has a mark of its own, and the goodbye follows it. */
function lastWords({ transcript }: FinishedCall): string {
  const lastKey = transcript.findLastIndex(({ role }) => role !== 'assistant');
  return transcript
    .slice(lastKey + 1)
    .map(({ content }) => content)
    .join(' ');
}

const LISTED = /^You have \w+ appointments\. Your .* To change it, press 1\..* For the next one, 3\./;

// One after the other, each with what the one before has left. A customer whom a stalled machine finds too late is asked for the VIN.
describe('a verified caller', { timeout: 120_000, retry: 2 }, () => {
  let house: TestGateway;
  const endings: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    house = await openHouse('24/7', (end) => endings.push(end));
  }, 60_000);
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  test('hears one appointment after the other, moves the second, and the row is the same one', async () => {
    const [, second] = await booked(house);
    const call = house.twilio.call({ from: DEMO_CALLER, stir: 'A' });
    await walk(house, call, [
      [/To book an appointment/, '2'],
      [LISTED, '3'],
      [/^Your .* To change it, press 1\./, '1'],
      [/Later times, 4\.$/, '2'],
      [/would move to .* To confirm, press 1\./, '1'],
    ]);
    const record = await call.untilEnded();
    expect(record.outcome).toEqual({ kind: 'hangup' });
    expect(record.protocolErrors).toEqual([]);
    const ended = await finished(house, call.callSid);
    expect(lastWords(ended)).toMatch(/has been moved\. We will see you .* Goodbye\.$/);
    expect(ended.states.map(({ name }) => name)).toContain('confirmation');
    const after = (await booked(house)).find(({ id }) => id === second?.id);
    expect(after).toMatchObject({ service_type: second?.service_type, vehicle_id: second?.vehicle_id });
    expect(after?.date).not.toBe(second?.date);
    expect(await booked(house)).toHaveLength(2);
  });

  test('whose stream breaks before the move is confirmed goes on with it, and moves once', async () => {
    const [first] = await booked(house);
    const call = house.twilio.call({ from: DEMO_CALLER, stir: 'A' });
    await walk(house, call, [
      [/To book an appointment/, '2'],
      [LISTED, '1'],
      [/Later times, 4\.$/, '1'],
    ]);
    await hears(house, call, /would move to/);
    call.dropSocket();
    await vi.waitFor(async () => expect((await house.live(call.callSid))?.resumes).toBe(1), WITHIN);
    await walk(house, call, [[/would move to .* To confirm, press 1\./, '1']]);
    await call.untilEnded();
    expect(lastWords(await finished(house, call.callSid))).toMatch(/has been moved\./);
    const after = (await booked(house)).find(({ id }) => id === first?.id);
    expect(after?.date).not.toBe(first?.date);
    expect(await booked(house)).toHaveLength(2);
  });

  test('is told that the shop has moved the appointment meanwhile, and what it is now', async () => {
    const [first] = await booked(house);
    const { availability } = await house.get<{ availability: { starts_at: string }[] }>(
      `/api/availability?service_type=${first?.service_type}&limit=30`,
    );
    const call = house.twilio.call({ from: DEMO_CALLER, stir: 'A' });
    await walk(house, call, [
      [/To book an appointment/, '2'],
      [LISTED, '2'],
    ]);
    await hears(house, call, /^Shall I cancel/);
    const date = availability.at(-1)?.starts_at;
    await change(house, `appointments/${first?.id}`, { date });
    call.press('1');
    await hears(house, call, /^Your .* is .* For the main menu, star\.$/);
    expect((await house.live(call.callSid))?.conversation_history.map(({ content }) => content)).toContain(
      'That appointment has been changed at the shop meanwhile.',
    );
    await call.hangUp();
    expect(await house.get(`/api/appointments/${first?.id}`)).toMatchObject({ date, status: 'booked' });
  });

  test('cancels one by the key that says so, and it is free for others', async () => {
    const [first, second] = await booked(house);
    const call = house.twilio.call({ from: DEMO_CALLER, stir: 'A' });
    await walk(house, call, [
      [/To book an appointment/, '2'],
      [LISTED, '2'],
      [/^Shall I cancel your .*\? To cancel it, press 1\./, '1'],
    ]);
    await call.untilEnded();
    expect(lastWords(await finished(house, call.callSid))).toMatch(/has been cancelled\. Goodbye\.$/);
    expect((await booked(house)).map(({ id }) => id)).toEqual([second?.id]);
    expect(await house.get(`/api/appointments/${first?.id}`)).toMatchObject({ status: 'cancelled' });
  });

  test('asks whether the car is ready, and hears it', async () => {
    const [first] = await booked(house);
    await change(house, `appointments/${first?.id}`, { status: 'ready' });
    const call = house.twilio.call({ from: DEMO_CALLER, stir: 'A' });
    await walk(house, call, [[/To book an appointment/, '2']]);
    await hears(
      house,
      call,
      /^You have one appointment\. Your .* is in the shop for its .* It is ready to be picked up\./,
    );
    expect(await house.live(call.callSid)).toMatchObject({ intent: 'vehicle_status' });
    await call.hangUp();
  });
});

test.concurrent('a caller outside opening hours is told when the shop opens, and books', {
  timeout: 60_000,
}, async ({ onTestFinished }) => {
  const tomorrow = DateTime.now()
    .setZone('America/Chicago')
    .plus({ days: 1 })
    .toFormat('ccc', { locale: 'en-US' });
  const house = await openHouse(`${tomorrow} 08:00-17:00`, onTestFinished);
  const call = house.twilio.call({ from: '+15125550177', stir: null });
  await walk(house, call, [
    [/We are closed until (?:(?:today|tomorrow) at )?eight o'clock\. To book/, '1'],
    [/^Which service\?/, '1'],
    [/Later times, 4\.$/, '1'],
    [/would be .* To confirm, press 1\./, '1'],
  ]);
  await call.untilEnded();
  expect(await finished(house, call.callSid)).toMatchObject({ outcome: 'booked' });
});

test.concurrent('a shop with nine services has them on two pages, from the calls on that begin after the change', {
  timeout: 60_000,
}, async ({ onTestFinished }) => {
  const house = await openHouse('24/7', onTestFinished);
  await change(house, 'shop', { services: nineServices() });
  const call = await vi.waitFor(
    async () => {
      const next = house.twilio.call({ from: '+15125550177', stir: null });
      await walk(house, next, [[/To book an appointment/, '1']]);
      await hears(house, next, /^Which service\?/);
      const heard = (await house.live(next.callSid))?.conversation_history.at(-1)?.content ?? '';
      if (!heard.includes('More, 9.')) await next.hangUp();
      expect(heard).toContain('A transmission repair, 8. More, 9.');
      return next;
    },
    { ...WITHIN, timeout: 50_000 },
  );
  call.press('9');
  await walk(house, call, [
    [/^For detailing, press 1\. More, 9\.$/, '1'],
    [/Later times, 4\.$/, '1'],
    [/^Your detailing would be .* The price is 100 dollars\. To confirm, press 1\./, '1'],
  ]);
  await call.untilEnded();
  expect(await finished(house, call.callSid)).toMatchObject({ outcome: 'booked' });
});
