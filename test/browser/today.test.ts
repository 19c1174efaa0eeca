import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { dayAfter } from '../../src/web/today/day.js';
import { longDay } from '../../src/web/today/day-words.js';
import { BOOKING, whenAsked } from '../support/when-asked.js';
import { type FrontDesk, hasChromium, hasFocus, lookAgain, lookAt, openFrontDesk } from './front-desk.js';

const ENV = { SHOP_TIMEZONE: 'America/Chicago', SHOP_BAYS: '3' };
const TODAY = new Intl.DateTimeFormat('en-CA', { timeZone: ENV.SHOP_TIMEZONE }).format(new Date());
const inDays = (days: number) => dayAfter(TODAY, days);
/** Behind the appointments of the demo shop. */
const [MONDAY, BUSY, KEYS] = [inDays(12), inDays(13), inDays(14)];
const [TOUCHED, NEWCOMER, TWO_DESKS] = [inDays(15), inDays(16), inDays(17)];
const [ARROWS, LOST, LATE] = [inDays(18), inDays(19), inDays(20)];
const [EVENING, MORNING] = [inDays(25), inDays(26)];

interface Stored {
  readonly id: number;
  readonly date: string;
  readonly bay: number;
  readonly status: string;
  readonly confirmed: boolean;
  readonly notes: string | null;
}

describe.skipIf(!hasChromium)('the day in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk(ENV) : (undefined as never);

  async function send<T>(path: string, body: object, method = 'POST'): Promise<T> {
    const answer = await fetch(desk.gateway.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as T;
  }
  const openAt = (hours: string) => send('/api/shop', { hours }, 'PATCH');
  beforeAll(() => openAt('Mon-Sun 08:00-17:00'));
  const book = (date: string, more: object = {}) =>
    send<Stored>('/api/appointments', { service_type: 'inspection', date, bay: 1, ...more });
  const stored = (id: number) => desk.gateway.get<Stored>(`/api/appointments/${id}`);
  const bay = (page: Page, number: number) => page.getByRole('region', { name: `Bay ${number}` });

  async function drag(page: Page, block: Locator, to: Locator): Promise<void> {
    const [from, target] = [await block.boundingBox(), await to.boundingBox()];
    if (!from || !target) throw new Error('There is nothing to drag, or nowhere to.');
    await page.mouse.move(from.x + 20, from.y + 5);
    await page.mouse.down();
    await page.mouse.move(target.x + 20, target.y + 5, { steps: 4 });
    await page.mouse.up();
  }

  test('an appointment is made with a click on a free time, and dragged to another bay', async () => {
    const page = await desk.visit(`/today?day=${MONDAY}`);
    await bay(page, 2).getByRole('button', { name: 'New appointment in bay 2 at 10:00 AM' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').pressSequentially('alva');
    await dialog.getByRole('button', { name: /Maria Alvarez/ }).click();
    expect(await dialog.getByLabel('Vehicle').locator('option:checked').textContent()).toContain('Camry');
    await dialog.getByLabel('Service').selectOption('inspection');
    await dialog.getByLabel('Note').fill('Rattles when cold.');
    await dialog.getByRole('button', { name: 'Book' }).click();
    const block = page.getByRole('button', { name: /Maria Alvarez/ });
    await bay(page, 2).getByText('Maria Alvarez').waitFor();
    await drag(page, block, bay(page, 1).getByRole('button', { name: /at 1:00 PM/ }));
    await page.getByText('Maria Alvarez moved to 1:00 PM, bay 1.').waitFor();
    await bay(page, 1).getByText('Unconfirmed').waitFor();
    const { appointments } = await desk.gateway.get<{ appointments: Stored[] }>(
      `/api/appointments?from=${MONDAY}&to=${BUSY}`,
    );
    expect(appointments).toMatchObject([
      { date: expect.stringContaining('T13:00'), bay: 1, confirmed: false, notes: 'Rattles when cold.' },
    ]);
  });

  test('a block that is dragged where it cannot be is put back, and the reason is told', async () => {
    const { id } = await book(`${BUSY}T09:00`, { caller_phone: '+15125550177', confirmed: true });
    await book(`${BUSY}T09:00`, { bay: 2, customer_id: 1 });
    await book(`${BUSY}T11:00`, { bay: 3, service_type: 'brakes', notes: 'Waits here.' });
    await send('/api/closures', {
      from: BUSY,
      to: BUSY,
      bay: 3,
      hours: '10:00-15:00',
      reason: 'Lift is serviced',
    });
    const page = await desk.visit(`/today?day=${BUSY}`, { mayFail: /409/ });
    const block = bay(page, 1).getByRole('button', { name: /Unknown caller/ });
    await drag(page, block, bay(page, 2).getByRole('button', { name: /Maria/ }));
    await page.getByText('Unknown caller stays at 9:00 AM, bay 1. Bay 2 is taken at that time.').waitFor();
    await block.waitFor();
    expect(await stored(id)).toMatchObject({
      date: expect.stringContaining('T09:00'),
      bay: 1,
      confirmed: true,
    });
    await bay(page, 3).getByText('Lift is serviced').first().waitFor();
    await lookAt(page, 'today');
  });

  test('what began the day before is not dragged into this day, and opens with a click', async () => {
    const { services } = await desk.gateway.get<{ services: { type: string }[] }>('/api/shop');
    const carriesOver = services.map((each) => ({ ...each, carries_over: each.type === 'brakes' }));
    await send('/api/shop', { services: carriesOver }, 'PATCH');
    const { id } = await book(`${EVENING}T16:00`, {
      customer_id: 1,
      service_type: 'brakes',
      confirmed: true,
    });
    const page = await desk.visit(`/today?day=${MORNING}`, { viewport: { width: 1280, height: 2000 } });
    const sent: unknown[] = [];
    page.on('request', (request) => request.method() === 'PATCH' && sent.push(request.postDataJSON()));
    const block = bay(page, 1).getByRole('button', { name: /Maria Alvarez/ });
    await drag(page, block, bay(page, 2).getByRole('button', { name: /at 11:00 AM/ }));
    await block.click();
    await page.getByRole('dialog').getByText('Maria Alvarez').first().waitFor();
    expect(sent).toEqual([]);
    expect(await stored(id)).toMatchObject({
      date: expect.stringContaining(`${EVENING}T16:00`),
      bay: 1,
      confirmed: true,
    });
  });

  /** A finger on the screen, as the browser itself feels one. */
  async function fingerOn(page: Page) {
    const devtools = await page.context().newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
      devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
    let at = { x: 0, y: 0 };
    return {
      down: async (on: Locator) => {
        const box = await on.boundingBox();
        at = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + 8 };
        await send('touchStart', [at]);
      },
      moveBy: async (x: number, y: number) => {
        const steps = 5;
        for (let step = 0; step < steps; step += 1) {
          at = { x: at.x + x / steps, y: at.y + y / steps };
          await send('touchMove', [at]);
        }
      },
      up: () => send('touchEnd', []),
    };
  }

  test('a finger that stays on a block drags it to another bay and time, and the page stays where it is', async () => {
    const { id } = await book(`${TOUCHED}T09:00`, { customer_id: 1 });
    const page = await desk.visit(`/today?day=${TOUCHED}`, {
      hasTouch: true,
      viewport: { width: 1024, height: 900 },
    });
    const finger = await fingerOn(page);
    const block = page.getByRole('button', { name: /Maria Alvarez/ });
    const target = bay(page, 2).getByRole('button', { name: /at 11:00 AM/ });
    const [from, to] = [await block.boundingBox(), await target.boundingBox()];
    await finger.down(block);
    await page.locator('.is-moving').waitFor();
    await finger.moveBy((to?.x ?? 0) - (from?.x ?? 0), (to?.y ?? 0) - (from?.y ?? 0));
    await bay(page, 2).getByText('Maria Alvarez').waitFor();
    await page.screenshot({ path: 'build/pictures/today-finger.png' });
    await finger.up();
    await page.getByText('Maria Alvarez moved to 11:00 AM, bay 2.').waitFor();
    expect(await stored(id)).toMatchObject({ date: expect.stringContaining('T11:00'), bay: 2 });
    expect(await page.evaluate(() => scrollY)).toBe(0);
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('a finger that moves at once scrolls, and one that only taps opens the block', async () => {
    const { id } = await book(`${TOUCHED}T13:00`, { customer_id: 1, bay: 3 });
    const page = await desk.visit(`/today?day=${TOUCHED}`, {
      hasTouch: true,
      viewport: { width: 1024, height: 700 },
    });
    const finger = await fingerOn(page);
    const block = bay(page, 3).getByRole('button', { name: /Maria Alvarez/ });
    await block.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await finger.down(block);
    await finger.moveBy(0, 120);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeLessThan(before);
    await finger.up();
    expect(await page.locator('.is-moving').count()).toBe(0);
    await block.tap();
    await page.getByRole('dialog').getByText('Maria Alvarez').first().waitFor();
    expect(await stored(id)).toMatchObject({ date: expect.stringContaining('T13:00'), bay: 3 });
  });

  test('whoever is not found is a new customer of that name, and a note outlives a hasty press beside the dialog', async () => {
    const page = await desk.visit(`/today?day=${NEWCOMER}`);
    await bay(page, 2).getByRole('button', { name: 'New appointment in bay 2 at 10:00 AM' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').pressSequentially('Petra Novak');
    await dialog.getByText('Nobody has a name, number, VIN or plate like this.').waitFor();
    await page.mouse.click(5, 5);
    await dialog.getByRole('button', { name: 'New customer' }).click();
    expect(await dialog.getByLabel('First name').inputValue()).toBe('Petra');
    expect(await dialog.getByLabel('Last name').inputValue()).toBe('Novak');
    await page.keyboard.type('+1 512 555 0163');
    await dialog.getByRole('button', { name: 'Book' }).click();
    await page.getByRole('button', { name: /Petra Novak/ }).click();
    await dialog.getByLabel('Note').fill('Waits in the shop.');
    await page.keyboard.press('Escape');
    await page.getByText('The note is saved.').waitFor();
    await page.getByRole('button', { name: /Petra Novak/ }).click();
    expect(await dialog.getByLabel('Note').inputValue()).toBe('Waits in the shop.');
  });

  test('an appointment is moved, confirmed, noted and followed through the shop by keyboard alone', async () => {
    const { id } = await book(`${KEYS}T08:00`, { customer_id: 1 });
    const page = await desk.visit(`/today?day=${KEYS}`);
    await page.getByRole('button', { name: /Maria Alvarez/ }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    const press = async (control: Locator, ...keys: string[]) => {
      await control.focus();
      for (const key of keys) await page.keyboard.press(key);
    };
    await press(dialog.getByRole('button', { name: 'The customer knows' }), 'Enter');
    await dialog.getByText('Confirmed.').waitFor();
    await dialog.getByLabel('Note').focus();
    await page.keyboard.type('Key is in the box.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByText('The note is saved.').waitFor();
    await press(dialog.getByText('Move', { exact: true }).first(), 'Enter');
    await lookAt(page, 'appointment', () => dialog.getByLabel('Time', { exact: true }).waitFor());
    await press(dialog.getByLabel('Time', { exact: true }), 'ArrowDown', 'ArrowDown');
    await press(dialog.getByRole('checkbox', { name: /knows of the new time/ }), 'Space');
    await press(dialog.getByRole('button', { name: 'Move' }), 'Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await stored(id)).toMatchObject({
      date: expect.stringContaining('T09:00'),
      confirmed: true,
      notes: 'Key is in the box.',
    });
    await page.keyboard.press('Enter');
    await press(page.getByRole('dialog').getByLabel('Booked', { exact: true }), 'ArrowRight');
    await page.getByText('Now: arrived.').waitFor();
    await page.keyboard.press('Escape');
    await bay(page, 1).getByText('Arrived').waitFor();
    expect(await stored(id)).toMatchObject({ status: 'arrived' });
  });

  describe('beside another desk', () => {
    const change = (id: number, fields: object) => send(`/api/appointments/${id}`, fields, 'PATCH');

    test('an appointment in which nothing was typed shows the note that another desk has saved, and closing it leaves that', async () => {
      const { id } = await book(`${TWO_DESKS}T09:00`, { customer_id: 1, notes: 'Squeaks.' });
      const page = await desk.visit(`/today?day=${TWO_DESKS}`);
      const dialog = page.getByRole('dialog');
      const note = dialog.getByLabel('Note');
      const reopen = async () => {
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        await page.getByRole('button', { name: /Maria Alvarez/ }).click();
      };
      await page.getByRole('button', { name: /Maria Alvarez/ }).click();
      await change(id, { notes: 'Brings own parts.' });
      await lookAgain(page);
      await expect.poll(() => note.inputValue()).toBe('Brings own parts.');
      await reopen();
      expect(await stored(id)).toMatchObject({ notes: 'Brings own parts.' });
      await note.fill('Waits here.');
      await change(id, { notes: 'Pays by card.' });
      await lookAgain(page);
      await dialog
        .getByText('Yours will replace what somebody else has written meanwhile: “Pays by card.”')
        .waitFor();
      expect(await note.inputValue()).toBe('Waits here.');
      await reopen();
      await page.getByText('The note is saved.').waitFor();
      expect(await stored(id)).toMatchObject({ notes: 'Waits here.' });
    });

    test('an appointment that another desk moves is not offered to be moved back', async () => {
      const { id } = await book(`${TWO_DESKS}T13:00`, { customer_id: 2, bay: 2 });
      const page = await desk.visit(`/today?day=${TWO_DESKS}`);
      await bay(page, 2)
        .getByRole('button', { name: /inspection/ })
        .first()
        .click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Move', { exact: true }).first().click();
      await dialog.getByLabel('Time', { exact: true }).waitFor();
      await change(id, { date: `${TWO_DESKS}T15:00` });
      await lookAgain(page);
      const time = dialog.getByLabel('Time', { exact: true }).locator('option:checked');
      await expect.poll(() => time.textContent()).toContain('3:00 PM');
      expect(await dialog.getByRole('button', { name: 'Move' }).isDisabled()).toBe(true);
    });
  });

  test('by keyboard the status goes on with each arrow, is saved where it stays, and also when the dialog is closed', async () => {
    const { id } = await book(`${ARROWS}T09:00`, { customer_id: 1 });
    const page = await desk.visit(`/today?day=${ARROWS}`);
    await page.getByRole('button', { name: /Maria Alvarez/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Booked', { exact: true }).focus();
    for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight');
    await dialog.getByText('Now: waiting for parts.').waitFor();
    expect(await stored(id)).toMatchObject({ status: 'waiting_for_parts' });
    expect(await hasFocus(dialog.getByLabel('Waiting for parts'))).toBe(true);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await expect.poll(() => stored(id)).toMatchObject({ status: 'ready' });
  });

  test('a status that is refused is not shown as the status', async () => {
    await book(`${ARROWS}T11:00`, { customer_id: 2, bay: 2 });
    const page = await desk.visit(`/today?day=${ARROWS}`, { mayFail: /503/ });
    await page.route('**/api/appointments/*', (route) =>
      route.fulfill({ status: 503, json: { error: 'The records cannot be used now.' } }),
    );
    await bay(page, 2)
      .getByRole('button', { name: /inspection/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Arrived', { exact: true }).click();
    await dialog.getByText('The records cannot be used now.').waitFor();
    expect(await dialog.getByLabel('Booked', { exact: true }).isChecked()).toBe(true);
  });

  test('a day is typed to its end wherever there is a field for one', async () => {
    const { id } = await book(`${ARROWS}T14:00`, { customer_id: 1, bay: 3 });
    const page = await desk.visit('/today');
    const [year, month, date] = ARROWS.split('-');
    const typeInto = async (field: Locator, typed: string) => {
      await field.focus();
      await page.keyboard.type(typed);
      expect(await hasFocus(field)).toBe(true);
    };
    await typeInto(page.getByLabel('Go to a day'), `${month}${date}${year}`);
    const heading = page.getByRole('heading', { level: 1 });
    await expect.poll(() => heading.textContent()).toBe(longDay(ARROWS));
    expect(await page.getByLabel('Go to a day').inputValue()).toBe(ARROWS);
    await page.locator(`#appointment-${id}`).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Move', { exact: true }).first().click();
    const [, nextMonth, next] = LOST.split('-');
    await typeInto(dialog.getByLabel('Day', { exact: true }), `${nextMonth}${next}${year}`);
    expect(await dialog.getByLabel('Day', { exact: true }).inputValue()).toBe(`${year}-${nextMonth}-${next}`);
  });

  describe('a booking whose answer does not come', () => {
    const REFUSED = { status: 503, json: { error: 'The records cannot be used now. Try again.' } };
    const count = async (day: string) => {
      const query = `from=${day}&to=${dayAfter(day, 1)}`;
      const { appointments } = await desk.gateway.get<{ appointments: Stored[] }>(
        `/api/appointments?${query}`,
      );
      return appointments.length;
    };
    /** The form for Maria Alvarez at ten, in any bay. */
    async function fillIn(page: Page): Promise<Locator> {
      await bay(page, 1).getByRole('button', { name: 'New appointment in bay 1 at 10:00 AM' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('searchbox').pressSequentially('alva');
      await dialog.getByRole('button', { name: /Maria Alvarez/ }).click();
      await dialog.getByLabel('Service').selectOption('inspection');
      await dialog.getByLabel('Bay', { exact: true }).selectOption('');
      return dialog.getByRole('button', { name: 'Book' });
    }

    test('is shown when it stands in the book, beside one that stood there before', async () => {
      await book(`${LOST}T10:00`, { customer_id: 1, bay: 3 });
      const page = await desk.visit(`/today?day=${LOST}`, { mayFail: /503/ });
      await page.route('**/api/appointments', async (route) => {
        await route.fetch();
        await route.fulfill(REFUSED);
      });
      await (await fillIn(page)).click();
      await page.getByText(/Booked for/).waitFor();
      expect(await count(LOST)).toBe(2);
    });

    test('is found when it was written late and somebody presses the button again', async () => {
      const page = await desk.visit(`/today?day=${LATE}`, { mayFail: /503/ });
      let asked: unknown;
      await page.route(
        '**/api/appointments',
        (route) => {
          asked = route.request().postDataJSON();
          return route.fulfill(REFUSED);
        },
        { times: 1 },
      );
      const button = await fillIn(page);
      await button.click();
      await page.getByText('finds it and books nothing twice').waitFor();
      expect(await count(LATE)).toBe(0);
      await send('/api/appointments', Object(asked));
      await button.click();
      await page.getByText(/Booked for/).waitFor();
      expect(await count(LATE)).toBe(1);
    });
  });

  test('what a caller books shows by itself, and what is cancelled is folded and can be brought back', async () => {
    const call = desk.gateway.twilio.call({ from: '+15125550188' });
    const asked = (state: string) => whenAsked(() => desk.gateway.live(call.callSid), state);
    for (const state of BOOKING.slice(0, -1)) {
      await asked(state);
      call.press('1');
    }
    const { collected_data } = await asked('confirmation');
    const page = await desk.visit(`/today?day=${String(collected_data?.appointment_time).slice(0, 10)}`);
    await page.getByRole('navigation', { name: 'Days ahead' }).waitFor();
    await asked('confirmation');
    call.press('1');
    await call.untilEnded();
    const block = page.getByRole('button', { name: /Unknown caller/ });
    await block.click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByRole('link', { name: 'the call' }).getAttribute('href')).toBe(
      `/calls/${call.callSid}`,
    );
    await dialog.getByRole('button', { name: 'Cancel the appointment' }).click();
    await dialog.getByRole('button', { name: 'Cancel it' }).click();
    await page.getByText('1 cancelled').click();
    await block.click();
    await dialog.getByRole('button', { name: 'Bring back' }).click();
    await dialog.getByText('It is booked again.').waitFor();
  });

  test('a day of 25 hours has the hour that comes twice, and today has a line for now', async () => {
    await openAt('Mon-Sun 00:00-24:00');
    const page = await desk.visit('/today?day=2026-11-01');
    await page.getByText('1:00 AM again').waitFor();
    expect(await page.locator('.hour').count()).toBe(25);
    await page.goto(new URL('/today', desk.gateway.url).href);
    await page.locator('.now-line').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toMatch(/^Today, /);
    await page.screenshot({ path: 'build/pictures/today-now.png' });
  });
});
