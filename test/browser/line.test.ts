import { describe, expect, test } from 'vitest';
import { DEMO_CALLER } from '../../src/desk/demo-customers.js';
import { type FrontDesk, hasChromium, lookAt, movedElements, openFrontDesk } from './front-desk.js';

describe.skipIf(!hasChromium)('the line in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk() : (undefined as never);

  test('a call comes as a card, changes in its place, and stays there when it is over', async () => {
    const page = await desk.visit('/');
    await page.getByText('Each call shows here as it goes on.').waitFor();
    const [first, second] = [desk.gateway.twilio.call({ from: DEMO_CALLER }), desk.gateway.twilio.call()];
    const cards = page.getByRole('article');
    await cards.nth(1).getByText('Agent:').first().waitFor();
    await page.getByRole('status').getByText('2 calls now').waitFor();
    await movedElements(page);
    await first.untilSpoken();
    first.press('1');
    const card = cards.filter({ hasText: '+1 512 ••• 0100' });
    await card.locator('[aria-current=step]').getByText('Details').waitFor();
    await first.hangUp();
    await card.getByRole('link', { name: 'Transcript' }).waitFor();
    expect([await cards.count(), await movedElements(page)]).toEqual([2, []]);
    await lookAt(page, 'line');
    await second.hangUp();
  });
});
