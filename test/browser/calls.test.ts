import { describe, expect, test } from 'vitest';
import { type FrontDesk, hasChromium, lookAt, openFrontDesk } from './front-desk.js';

const CALLER = '+15125550142';
const MASKED = '+1 512 ••• 0142';

describe.skipIf(!hasChromium)('what calls leave behind, in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk() : (undefined as never);

  /** Somebody calls and asks for a person, who does not answer. */
  async function unansweredCall(): Promise<string> {
    const call = desk.gateway.twilio.call({ from: CALLER, dialResult: 'no-answer' });
    await call.untilSpoken();
    call.press('0');
    await call.untilEnded();
    return call.callSid;
  }

  test('who was not served is rung, noted and ticked off, by keyboard alone', async () => {
    const page = await desk.visit('/');
    await unansweredCall();
    await page.getByRole('link', { name: /^Call back\s*1$/ }).waitFor();
    await page.goto(new URL('/callbacks', desk.gateway.url).href);
    const item = page.getByRole('listitem').filter({ hasText: MASKED });
    await item.getByText('Nobody picked up').waitFor();
    expect(await item.getByRole('link', { name: /^Ring/ }).getAttribute('href')).toBe(`tel:${CALLER}`);
    expect(await page.content()).not.toContain('555 0142');
    await item.getByRole('button', { name: /^Note/ }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Rings again at six.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await item.getByText('Rings again at six.').waitFor();
    await lookAt(page, 'callbacks');
    await item.getByRole('button', { name: /^Done/ }).focus();
    await page.keyboard.press('Enter');
    await item.getByRole('button', { name: /again$/ }).waitFor();
    await page.getByRole('status').getByText('0 open').waitFor();
    await page.reload();
    await page.getByText('Nobody is waiting for a call back.').waitFor();
    await page.getByText('Done', { exact: true }).click();
    await page.getByText('Rings again at six.').waitFor();
  });

  test('a call is found by how it ended, and tells what was said and what was cut', async () => {
    const callSid = await unansweredCall();
    const page = await desk.visit('/calls');
    await page
      .getByRole('link', { name: /^Today/ })
      .first()
      .waitFor();
    await lookAt(page, 'calls');
    await page.getByLabel('Outcome').selectOption('booked');
    await page.getByText('No calls match.').waitFor();
    expect(new URL(page.url()).search).toBe('?outcome=booked');
    await page.getByLabel('Outcome').selectOption('transferred');
    await page.locator(`a[href="/calls/${callSid}"]`).click();
    await page.getByRole('heading', { name: `Call of ${MASKED}` }).waitFor();
    await page.getByText('pressed 0').waitFor();
    await lookAt(page, 'call');
    await page.goBack();
    await page.getByRole('heading', { name: 'Calls', exact: true }).waitFor();
  });

  test('figures are pictures with their numbers beside them', async () => {
    const page = await desk.visit('/figures');
    await page.getByRole('heading', { name: 'How far calls come' }).waitFor();
    const outcomes = page.getByRole('table').filter({ hasText: 'Outcome' });
    await outcomes.getByRole('rowheader', { name: 'Put through' }).waitFor();
    await page.getByText('No Redis: this process keeps the state').waitFor();
    await page.getByText('Numbers').first().click();
    await lookAt(page, 'figures');
    await page.getByText('7 days').click();
    await page.waitForURL(/days=7/);
  });
});
