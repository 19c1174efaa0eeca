import { describe, expect, test } from 'vitest';
import { type FrontDesk, hasChromium, lookAt, openFrontDesk } from './front-desk.js';

const TOKEN = 'a-token-of-the-front-desk';

describe.skipIf(!hasChromium)('signing in, in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk({ ADMIN_TOKEN: TOKEN }) : (undefined as never);

  test('a wrong token is refused with the reason, the right one opens the view that was asked for, signing out closes it', async () => {
    const page = await desk.visit('/figures', { mayFail: /status of 401/ });
    await page.getByLabel('Password').fill('a-token-of-another-desk');
    await page.keyboard.press('Enter');
    await page.locator('.field-error').waitFor();
    await lookAt(page, 'sign-in');
    await page.getByLabel('Password').fill(TOKEN);
    await page.getByLabel('Your name').fill('Ada');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Figures' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.reload();
    await page.getByLabel('Password').waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  test('signing out in one tab signs out the others, and so does signing in, whichever of them reads the events', async () => {
    const reader = await desk.visit('/', { mayFail: /status of 401/ });
    await reader.getByLabel('Password').fill(TOKEN);
    await reader.keyboard.press('Enter');
    await reader.getByText('Live', { exact: true }).waitFor();
    const other = await reader.context().newPage();
    await other.goto(desk.gateway.url);
    await other.getByText('Live', { exact: true }).waitFor();
    await other.getByRole('button', { name: 'Sign out' }).click();
    for (const page of [other, reader]) await page.getByLabel('Password').waitFor();
    await other.getByLabel('Password').fill(TOKEN);
    await other.keyboard.press('Enter');
    for (const page of [other, reader]) await page.getByText('Live', { exact: true }).waitFor();
  });

  test('a page whose cookie is over asks for the password, and is told of no call any more', async () => {
    const page = await desk.visit('/', { mayFail: /status of 401/ });
    await page.getByLabel('Password').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('Live', { exact: true }).waitFor();
    const [cookie] = await page.context().cookies();
    const signedOut = await fetch(`${desk.gateway.url}/api/session`, {
      method: 'DELETE',
      headers: { Cookie: `${cookie?.name}=${cookie?.value}`, Origin: desk.gateway.url },
    });
    expect(signedOut.status).toBe(204);
    await page.context().clearCookies();
    await page.getByLabel('Password').waitFor();
  });

  test('a note that is lost because the cookie is over is told of beside the password', async () => {
    const asked = async <T>(path: string, body?: object): Promise<T> => {
      const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
      const request = body ? { method: 'POST', body: JSON.stringify(body) } : {};
      return (await fetch(desk.gateway.url + path, { headers, ...request })).json() as Promise<T>;
    };
    const open = '/api/availability?service_type=inspection&limit=1';
    const { availability } = await asked<{ availability: { starts_at: string }[] }>(open);
    const date = availability[0]?.starts_at ?? '';
    const { id } = await asked<{ id: number }>('/api/appointments', { service_type: 'inspection', date });
    const page = await desk.visit(`/today?day=${date.slice(0, 10)}`, { mayFail: /status of 401/ });
    await page.getByLabel('Password').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.locator(`#appointment-${id}`).click();
    await page.getByRole('dialog').getByLabel('Note').fill('Waits here.');
    await page.context().clearCookies();
    await page.keyboard.press('Escape');
    await page.getByText('The note is not saved.').waitFor();
    await page.getByLabel('Password').waitFor();
  });
});
