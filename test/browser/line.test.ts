import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { DEMO_CALLER } from '../../src/desk/demo-customers.js';
import { SlowVoice, TRANSFER_NUMBER } from '../support/test-gateway.js';
import {
  type FrontDesk,
  hasChromium,
  lookAt,
  movedElements,
  openFrontDesk,
  PHONE,
  seriousFindings,
} from './front-desk.js';

const MASKED = '+1 512 ••• 0100';

describe.skipIf(!hasChromium)('the line in a browser', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk() : (undefined as never);
  const ring = () => desk.gateway.twilio.call({ from: DEMO_CALLER });
  const cardOn = (page: Page, callSid: string) => page.locator(`[data-call="${callSid}"]`);

  test('a call comes as a card, changes in its place, and stays there when it is over', async () => {
    const page = await desk.visit('/');
    await page.getByText('Calls appear here while they are going on.').waitFor();
    const [first, second] = [ring(), desk.gateway.twilio.call()];
    const card = cardOn(page, first.callSid);
    await card.getByText('Agent:').first().waitFor();
    await cardOn(page, second.callSid).getByText('Agent:').first().waitFor();
    await page.getByRole('status').getByText('2 calls now').waitFor();
    await movedElements(page);
    await first.untilSpoken();
    first.press('1');
    await card.locator('[aria-current=step]').getByText('Details').waitFor();
    await first.hangUp();
    await card.getByRole('link', { name: 'Transcript' }).waitFor();
    expect([await page.getByRole('article').count(), await movedElements(page)]).toEqual([2, []]);
    await lookAt(page, 'line');
    await second.hangUp();
  });

  test('a call is as long as it lasts also on a computer whose clock is two minutes slow', async () => {
    const page = await desk.visit('/', { hasClock: true });
    await page.clock.setSystemTime(Date.now() - 120_000);
    await page.reload();
    const call = ring();
    const length = cardOn(page, call.callSid).locator('.call-time');
    await length.getByText(/^(0:0[1-9]|0:[1-5]\d|1:\d\d)$/).waitFor();
    await call.hangUp();
    await cardOn(page, call.callSid).getByRole('link', { name: 'Transcript' }).waitFor();
    expect(await length.textContent()).not.toBe('0:00');
  });

  test('a number shows itself to whoever asks for it, and a call is not taken over by a slip, all by keyboard', async () => {
    const page = await desk.visit('/');
    const call = ring();
    const card = cardOn(page, call.callSid);
    await card.getByRole('button', { name: MASKED, exact: true }).focus();
    await page.keyboard.press('Enter');
    await card.getByRole('button', { name: '+1 512 555 0100' }).waitFor();
    await card.getByRole('button', { name: 'Take over' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('is put through to +1 512 555 0190').waitFor();
    await lookAt(page, 'take-over');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Take over');
    await call.hangUp();
  });

  test('of two desks that take a call over at once one does, and the other is told so', async () => {
    const desks = [await desk.visit('/', { mayFail: /409/ }), await desk.visit('/', { mayFail: /409/ })];
    const call = ring();
    for (const page of desks) {
      await cardOn(page, call.callSid).getByText('Agent:').first().waitFor();
      await cardOn(page, call.callSid).getByRole('button', { name: 'Take over' }).click();
    }
    const press = (page: Page) => page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
    await Promise.all(desks.map(press));
    const said = await Promise.all(
      desks.map((page) => page.locator('.toast, dialog [role=alert]').first().textContent()),
    );
    const isTaken = (text: string | null) => text?.includes('is put through.');
    expect(said.filter(isTaken)).toHaveLength(1);
    expect(said.find((text) => !isTaken(text))).toMatch(/has taken this call over already/);
    const { outcome } = await call.untilEnded();
    expect(outcome).toEqual({ kind: 'dial', number: TRANSFER_NUMBER });
  });

  test('two tabs read one stream, and the other goes on when the first is closed', async () => {
    const first = await desk.visit('/');
    await first.getByText('Live', { exact: true }).waitFor();
    let streams = 0;
    first.context().on('request', (request) => {
      if (request.resourceType() === 'eventsource') streams += 1;
    });
    await first.reload();
    await first.getByText('Live', { exact: true }).waitFor();
    const second = await first.context().newPage();
    await second.goto(desk.gateway.url);
    const call = ring();
    await cardOn(first, call.callSid).waitFor();
    await cardOn(second, call.callSid).waitFor();
    expect(streams).toBe(1);
    await first.close();
    await call.hangUp();
    await cardOn(second, call.callSid).getByRole('link', { name: 'Transcript' }).waitFor();
    expect(streams).toBe(2);
  });

  test('on a phone, views without a place at the bottom are behind a button, and choosing one closes the list', async () => {
    const page = await desk.visit('/', { viewport: PHONE });
    await page.getByRole('button', { name: 'More' }).focus();
    await page.keyboard.press('Enter');
    const list = page.locator('.more');
    await list.getByRole('link', { name: 'Phone' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await list.getByRole('link', { name: 'Phone' }).click();
    await page.getByRole('heading', { level: 1, name: 'Phone' }).waitFor();
    await list.waitFor({ state: 'hidden' });
  });

  test('whether the agent answers is changed with a click, and stays so', async () => {
    const page = await desk.visit('/');
    const answering = async () => (await desk.gateway.get<{ answering: string }>('/api/shop')).answering;
    await page.getByText('Closed', { exact: true }).click();
    await page.getByText('New calls: closed.').waitFor();
    expect(await answering()).toBe('closed');
    await page.reload();
    await expect.poll(() => page.getByRole('radio', { name: 'Closed' }).isChecked()).toBe(true);
    await page.getByText('Agent answers').click();
    await expect.poll(answering).toBe('agent');
  });

  test('who answers can be changed with several keys, and what is passed by is not sent', async () => {
    const page = await desk.visit('/', { hasClock: true });
    const sent: unknown[] = [];
    page.on('request', (request) => request.method() === 'PATCH' && sent.push(request.postDataJSON()));
    await page.getByRole('radio', { name: 'Agent answers', checked: true }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.clock.runFor(500);
    await page.getByText('New calls: closed.').waitFor();
    expect(sent).toEqual([{ answering: 'closed' }]);
    await page.getByText('Agent answers').click();
    await page.clock.runFor(500);
    await page.getByText('New calls: agent answers.').waitFor();
  });

  test('a change of who answers that the gateway refuses is not shown, and the reason stays', async () => {
    const page = await desk.visit('/', { mayFail: /503/, hasClock: true });
    const error = 'The database does not answer. Try again.';
    await page.route('**/api/shop', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 503, json: { error } })
        : route.continue(),
    );
    await page.getByText('Closed', { exact: true }).click();
    await page.clock.runFor(500);
    const fault = page.getByRole('alert').getByText(error);
    await fault.waitFor();
    await expect.poll(() => page.getByRole('radio', { name: 'Agent answers' }).isChecked()).toBe(true);
    await page.clock.runFor(7_000);
    expect(await fault.isVisible()).toBe(true);
  });

  test('who answers is shown as another desk has changed it', async () => {
    const page = await desk.visit('/', { hasClock: true });
    const answer = async (answering: string) => {
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ answering });
      expect((await fetch(`${desk.gateway.url}/api/shop`, { method: 'PATCH', headers, body })).ok).toBe(true);
    };
    await page.getByRole('radio', { name: 'Agent answers', checked: true }).waitFor();
    await answer('forward');
    await page.clock.runFor(20_000);
    await page.getByRole('radio', { name: 'Put through', checked: true }).waitFor();
    await answer('agent');
  });
});

describe.skipIf(!hasChromium)('the line while an agent speaks', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk({}, new SlowVoice()) : (undefined as never);

  /** What a card shows of the words that are playing, each time that it is something else, until that was so often. */
  function shownWords(page: Page, callSid: string, times: number): Promise<{ at: number; text: string }[]> {
    return page.evaluate(
      ([sid, most]) =>
        new Promise((resolve) => {
          const shown: { at: number; text: string }[] = [];
          const look = () => {
            const words = document.querySelector(`[data-call="${sid}"] .said-now`);
            const text = words?.lastChild?.textContent ?? '';
            if (text !== '' && text !== shown.at(-1)?.text) shown.push({ at: performance.now(), text });
            if (shown.length >= most) resolve(shown);
            else requestAnimationFrame(look);
          };
          look();
        }),
      [callSid, times] as const,
    );
  }

  test('its words grow as they are played, four times a second at most, and what was heard of them stays', async () => {
    const page = await desk.visit('/');
    await page.getByText('Live', { exact: true }).waitFor();
    const call = desk.gateway.twilio.call({ from: DEMO_CALLER });
    const card = page.locator(`[data-call="${call.callSid}"]`);
    await card.getByText('Agent is speaking').waitFor();
    await movedElements(page);
    const shown = await shownWords(page, call.callSid, 8);
    const texts = shown.map(({ text }) => text);
    expect(texts.slice(1).filter((text, n) => !text.startsWith(`${texts[n]} `))).toEqual([]);
    expect((shown.at(-1)?.at ?? 0) - (shown[0]?.at ?? 0)).toBeGreaterThan(7 * 250 - 100);
    const said = async () =>
      (await desk.gateway.live(call.callSid))?.conversation_history.filter(
        ({ role }) => role === 'assistant',
      );
    expect(await said()).toEqual([]);
    call.press('3');
    const cut = card.locator('.said-cut');
    await cut.waitFor();
    const [turn] = (await said()) ?? [];
    expect(await cut.textContent()).toBe(`Agent: ${turn?.content}`);
    expect(turn?.content.startsWith(texts.at(-1) ?? '-')).toBe(true);
    expect(await movedElements(page)).toEqual([]);
    await lookAt(page, 'line-speaking', () => card.locator('.said-now').waitFor());
    await call.hangUp();
    await card.getByRole('link', { name: 'Transcript' }).waitFor();
    expect(await card.locator('.said-now').count()).toBe(0);
  });
});
