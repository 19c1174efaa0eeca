import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { type FrontDesk, hasChromium, hasFocus, lookAgain, lookAt, openFrontDesk } from './front-desk.js';

const ENV = { SHOP_HOURS: 'Mon-Sun 08:00-17:00', SHOP_NAME: 'North Garage' };

describe.skipIf(!hasChromium)('customers and shop in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk(ENV) : (undefined as never);

  async function send<T>(path: string, body: object | string, method = 'POST'): Promise<T> {
    const [type, content] =
      typeof body === 'string' ? ['text/csv', body] : ['application/json', JSON.stringify(body)];
    const answer = await fetch(desk.gateway.url + path, {
      method,
      headers: { 'Content-Type': type },
      body: content,
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as T;
  }

  test('a customer is found as somebody types, and has cars, visits and calls on one page', async () => {
    const call = desk.gateway.twilio.call({ from: '+15125550100' });
    await call.untilSpoken();
    await call.hangUp();
    const page = await desk.visit('/customers');
    await page.getByRole('link', { name: /Sofia Rossi/ }).waitFor();
    await lookAt(page, 'customers');
    await page.getByRole('searchbox').pressSequentially('alv');
    const found = page.getByRole('link', { name: /Maria Alvarez/ });
    await page.getByRole('link', { name: /Sofia Rossi/ }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?q=alv');
    await found.click();
    await page.getByRole('heading', { name: 'Maria Alvarez' }).waitFor();
    const section = (name: string) => page.getByRole('region', { name });
    await section('Visits').getByText('Collected').waitFor();
    await section('Calls').getByRole('link').waitFor();
    expect(await page.content()).not.toContain('555 0100');
    await section('Vehicles').getByRole('button', { name: 'Edit 2019 Toyota Camry' }).click();
    await page.getByRole('dialog').getByLabel('Plate').fill('ABC 123');
    await page.getByRole('button', { name: 'Save' }).click();
    await section('Vehicles').getByText('2019 Toyota Camry, ABC 123').waitFor();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Notes').fill('Comes by bicycle.');
    await page.getByRole('button', { name: 'Save' }).click();
    await section('Contact').getByText('Comes by bicycle.').waitFor();
    await lookAt(page, 'customer', () => section('Calls').getByRole('link').waitFor());
  });

  test('a file of customers is tried before it is imported; what is wrong is shown row by row', async () => {
    const page = await desk.visit('/customers', { mayFail: /400/ });
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    const choose = (name: string, buffer: Buffer) =>
      dialog.getByLabel('File').setInputFiles({ name, mimeType: 'text/csv', buffer });
    await choose('bad.csv', readFileSync('fixtures/customers/bad-rows.csv'));
    await dialog.getByText('4 of 6 rows cannot be taken').waitFor();
    await dialog.getByRole('cell', { name: /first name is missing.*512-555-0161/ }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Bring in' }).isDisabled()).toBe(true);
    await lookAt(page, 'import');
    await choose('good.csv', readFileSync('fixtures/customers/excel-us.csv'));
    await dialog.getByText('Nothing has been changed yet.').waitFor();
    await dialog.getByRole('cell', { name: /James Okafor/ }).waitFor();
    const count = async () => {
      const { customers } = await desk.gateway.get<{ customers: object[] }>('/api/customers?limit=200');
      return customers.length;
    };
    const before = await count();
    await dialog.getByRole('button', { name: 'Bring in' }).click();
    await dialog.getByText(/^Imported: 3 new customers/).waitFor();
    expect(await count()).toBe(before + 3);
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('link', { name: /Robert Downing/ }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const list = await (await download).createReadStream();
    expect(await text(list)).toContain('Downing');
  });

  test('a file is sent packed, and one that does not arrive is told with what to do', async () => {
    const page = await desk.visit('/customers', { mayFail: /408|ERR_FAILED/ });
    await page.getByRole('button', { name: 'Import' }).click();
    const dialog = page.getByRole('dialog');
    const choose = () =>
      dialog.getByLabel('File').setInputFiles({
        name: 'new.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('Name,Phone\nGrace Hopper,512 555 0177\n'),
      });
    const address = '**/api/customers/import?dry_run=1';
    // As a line that is too slow ends: the gateway's answer comes, or only the end of the connection.
    for (const end of [{ status: 408, body: '' }, null]) {
      await page.route(address, (route) => (end ? route.fulfill(end) : route.abort()), { times: 1 });
      await choose();
      await dialog.getByText('The file did not arrive.').waitFor();
      await dialog.getByText('npm run customers -- import FILE.csv').waitFor();
    }
    const sent = page.waitForRequest(address);
    await choose();
    expect(await (await sent).allHeaders()).toMatchObject({ 'content-encoding': 'gzip' });
    await dialog.getByText('1 row can be imported').waitFor();
  });

  test('a customer is added, and erased for good after it was said what goes', async () => {
    const page = await desk.visit('/customers', { mayFail: /409/ });
    await page.getByRole('button', { name: 'Add' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('First name').fill('Ada');
    await dialog.getByLabel('Last name').fill('King');
    await dialog.getByLabel('Phone number').fill('512 555 0100');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('Another customer has this phone_number.').waitFor();
    await dialog.getByLabel('Phone number').fill('512 555 0179');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: 'Ada King' }).waitFor();
    await page.getByRole('button', { name: 'Erase' }).click();
    await dialog.getByText('cannot be undone').waitFor();
    await dialog.getByRole('button', { name: 'Erase for good' }).click();
    await page.getByText(/Ada King is erased/).waitFor();
    expect(await desk.gateway.get('/api/customers?q=0179')).toEqual({ customers: [] });
  });

  test('a form of a customer or a vehicle leaves what another desk has changed meanwhile', async () => {
    const { id } = await send<{ id: number }>('/api/customers', {
      first_name: 'Grace',
      last_name: 'Hall',
      phone_number: '512 555 0171',
    });
    const vehicle = await send<{ id: number }>(`/api/customers/${id}/vehicles`, {
      make: 'Kia',
      model: 'Rio',
    });
    const page = await desk.visit(`/customers/${id}`);
    const dialog = page.getByRole('dialog');
    const save = async () => {
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
    };
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await send(`/api/customers/${id}`, { phone_number: '512 555 0172', email: 'grace@example.com' }, 'PATCH');
    await dialog.getByLabel('Notes').fill('Rings after five.');
    await save();
    await page.getByRole('button', { name: 'Edit Kia Rio' }).click();
    await send(`/api/vehicles/${vehicle.id}`, { plate: 'XYZ 12' }, 'PATCH');
    await dialog.getByLabel('Year').fill('2019');
    await save();
    expect(await desk.gateway.get(`/api/customers/${id}`)).toMatchObject({
      phone_number: '+15125550172',
      email: 'grace@example.com',
      notes: 'Rings after five.',
      vehicles: [{ year: 2019, plate: 'XYZ 12' }],
    });
  });

  test('a customer who was imported with one name can be changed and keeps it', async () => {
    await send('/api/customers/import', 'Name,Phone\nWalmart,512 555 0173\n');
    const page = await desk.visit('/customers?q=walmart');
    await page.getByRole('link', { name: /Walmart/ }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Notes').fill('Invoice by e-mail.');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await desk.gateway.get('/api/customers?q=walmart')).toMatchObject({
      customers: [{ first_name: 'Walmart', last_name: '', notes: 'Invoice by e-mail.' }],
    });
  });

  test('settings are kept at once, and those that the environment gives are shown as such', async () => {
    const page = await desk.visit('/shop', { mayFail: /400/ });
    const name = page.getByLabel('Name', { exact: true });
    await name.waitFor();
    expect([await name.inputValue(), await name.getAttribute('readonly')]).toEqual(['North Garage', '']);
    await page.getByText('(SHOP_NAME)').waitFor();
    const rules = page.getByRole('form', { name: 'What callers may book' });
    await rules.getByLabel('Notice (minutes)').fill('soon');
    await rules.getByRole('button', { name: 'Save' }).click();
    await rules.getByText('must be a whole number from 0 to 43200').waitFor();
    await rules.getByLabel('Notice (minutes)').fill('90');
    await rules.getByRole('button', { name: 'Save' }).click();
    await rules.getByText('Saved.').waitFor();
    await page.getByLabel('Put through').check({ force: true });
    await page.getByText('Every call is put through to your number').waitFor();
    expect(await desk.gateway.get('/api/shop')).toMatchObject({ lead_minutes: 90, answering: 'forward' });
    await lookAt(page, 'shop');
  });

  test('a setting that was saved follows what another desk makes of it, and is not sent again', async () => {
    const page = await desk.visit('/shop');
    const rules = page.getByRole('form', { name: 'What callers may book' });
    const ahead = rules.getByLabel('Book ahead (days)');
    await ahead.fill('50');
    await rules.getByRole('button', { name: 'Save' }).click();
    await rules.getByText('Saved.').waitFor();
    await send('/api/shop', { horizon_days: 70 }, 'PATCH');
    await lookAgain(page);
    await expect.poll(() => ahead.inputValue()).toBe('70');
    await rules.getByLabel('Notice (minutes)').fill('75');
    await rules.getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => desk.gateway.get('/api/shop'))
      .toMatchObject({ lead_minutes: 75, horizon_days: 70 });
    expect(await ahead.inputValue()).toBe('70');
  });

  test('a service is moved and changed in the list as another desk has left it', async () => {
    const page = await desk.visit('/shop');
    const services = page.getByRole('region', { name: 'Services' });
    const down = services.getByRole('button', { name: 'Move oil change down' });
    await down.waitFor();
    type Listed = { readonly type: string };
    const listed = async () => (await desk.gateway.get<{ services: Listed[] }>('/api/shop')).services;
    const price = async (price_cents: number, more: object[] = []) => {
      const changed = (await listed()).map((each) =>
        each.type === 'oil_change' ? { ...each, price_cents } : each,
      );
      await send('/api/shop', { services: [...changed, ...more] }, 'PATCH');
    };
    const before = await listed();
    await price(24_900, [
      { ...before[0], type: 'battery', name: 'battery check', choice: 'a battery check' },
    ]);
    await down.click();
    await services.getByText('battery check').waitFor();
    const moved = await listed();
    expect(moved[1]).toMatchObject({ type: 'oil_change', price_cents: 24_900 });
    expect(moved.at(-1)).toMatchObject({ type: 'battery' });
    await services.getByRole('button', { name: 'Edit oil change' }).click();
    await price(25_900);
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Minutes', { exact: true }).fill('40');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await services.getByText('40 min · $259.00').waitFor();
    expect((await listed())[1]).toMatchObject({ type: 'oil_change', minutes: 40, price_cents: 25_900 });
    await send('/api/shop', { services: before }, 'PATCH');
  });

  test('by keyboard a service goes up as often as the key is pressed', async () => {
    const page = await desk.visit('/shop');
    const services = page.getByRole('region', { name: 'Services' });
    const names = () => services.locator('strong').allTextContents();
    await services.getByRole('listitem').first().waitFor();
    const before = await names();
    const last = before.at(-1) ?? '';
    const up = services.getByRole('button', { name: `Move ${last} up` });
    await up.focus();
    for (const place of [-2, -3]) {
      await page.keyboard.press('Enter');
      await expect.poll(async () => (await names()).at(place)).toBe(last);
      await expect.poll(() => hasFocus(up)).toBe(true);
    }
  });

  test('services change their order, come and go', async () => {
    const page = await desk.visit('/shop');
    const services = page.getByRole('region', { name: 'Services' });
    await services.getByRole('button', { name: 'Move brake service up' }).click();
    const first = services.getByRole('listitem').first();
    await first.getByText('brake service').waitFor();
    await services.getByRole('button', { name: 'Add' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('wheel alignment');
    await dialog.getByLabel('In the menu').fill('an alignment');
    await dialog.getByLabel('Minutes', { exact: true }).fill('45');
    await dialog.getByLabel('Price in dollars').fill('89.95');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await services.getByText('45 min · $89.95').waitFor();
    await services.getByRole('button', { name: 'Edit brake service' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText('The change is saved, and somebody is booked').waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await dialog.waitFor({ state: 'detached' });
    expect(await services.getByText('brake service').count()).toBe(0);
    const { services: stored } = await desk.gateway.get<{ services: { type: string }[] }>('/api/shop');
    expect(stored.map(({ type }) => type)).not.toContain('brakes');
    expect(stored.at(-1)).toMatchObject({ type: 'wheel_alignment', minutes: 45, price_cents: 8995 });
  });

  test('a closure tells who is booked in it, and is taken back; a calendar address is made', async () => {
    const { availability } = await desk.gateway.get<{ availability: { starts_at: string }[] }>(
      '/api/availability?service_type=inspection&limit=1',
    );
    const date = availability[0]?.starts_at ?? '';
    await fetch(`${desk.gateway.url}/api/appointments`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ service_type: 'inspection', date }),
    });
    const page = await desk.visit('/shop');
    const closures = page.getByRole('region', { name: /Closures/ });
    await closures.getByRole('button', { name: 'Add' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('First day').fill(date.slice(0, 10));
    await dialog.getByLabel('Reason').fill('Stocktaking');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText('The closure is saved, and somebody is booked').waitFor();
    await dialog.getByText('inspection, bay').first().waitFor();
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await closures.getByRole('button', { name: /Remove: .*Stocktaking/ }).click();
    await closures.getByText('Stocktaking').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Make an address' }).click();
    await dialog.getByLabel(/Include customers’ names/).check();
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('It includes customers’ names and vehicles.').waitFor();
    const url = await page.getByLabel('Calendar address').inputValue();
    const calendar = await fetch(desk.gateway.url + new URL(url).pathname);
    expect(await calendar.text()).toContain('BEGIN:VCALENDAR');
  });
});
