import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ProxiedConnection, TcpProxy } from '../support/tcp-proxy.js';
import { type FrontDesk, hasChromium, openFrontDesk } from './front-desk.js';

/** So often a page that is looked at asks again. */
const LOOK_EVERY_MS = 20_000;

describe.skipIf(!hasChromium)('a page that is left open', async () => {
  const desk: FrontDesk = hasChromium ? await openFrontDesk() : (undefined as never);
  beforeAll(async () => {
    const changed = await fetch(`${desk.gateway.url}/api/shop`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ answering: 'closed' }),
    });
    expect(changed.ok).toBe(true);
  });

  /** The calls that have ended, the latest first. */
  async function recorded(): Promise<string[]> {
    const { calls } = await desk.gateway.get<{ calls: { call_sid: string }[] }>('/api/calls?limit=200');
    return calls.map(({ call_sid }) => call_sid);
  }

  /** So many call while the shop takes no calls, of which no live event tells. Settles when they are recorded. */
  async function unheardCalls(count: number, from = 'anonymous'): Promise<void> {
    const calls = Array.from({ length: count }, () => desk.gateway.twilio.call({ from }));
    await Promise.all(calls.map((call) => call.untilEnded()));
    await expect.poll(recorded).toEqual(expect.arrayContaining(calls.map(({ callSid }) => callSid)));
  }

  /** A page that reaches the gateway on a way that a test can break. `streams`: the connections that had the live events, the latest last. */
  async function onBreakableWay() {
    const { hostname: host, port } = new URL(desk.gateway.url);
    const proxy = await TcpProxy.listen({ host, port: Number(port) });
    onTestFinished(() => proxy.close());
    const streams: ProxiedConnection[] = [];
    proxy.onChunk = (direction, chunk, connection) => {
      if (direction === 'toServer' && chunk.toString('latin1').startsWith('GET /api/live '))
        streams.push(connection);
    };
    const page = await desk.visit(`http://${host}:${proxy.port}/`, { hasClock: true, mayFail: /ERR_/ });
    return { page, proxy, streams };
  }

  const isLive = (page: Page) => page.getByText('Live', { exact: true });
  const isLost = (page: Page) => page.getByText('No connection');
  const waiting = (page: Page, count: number) =>
    page.getByRole('link', { name: new RegExp(`^Call back\\s*${count}$`) });
  const who = (page: Page, lastDigits: string) =>
    page.getByRole('listitem').filter({ hasText: `+1 512 ••• ${lastDigits}` });

  test('counts a caller to ring of whom no live event told, and of another when the events are there again', async () => {
    const { page, proxy } = await onBreakableWay();
    await isLive(page).waitFor();
    await unheardCalls(1, '+15125550151');
    await page.clock.runFor(LOOK_EVERY_MS);
    await waiting(page, 1).waitFor();
    // From here on nothing is asked because of the time. The page is 20 s ahead.
    await page.clock.pauseAt(Date.now() + LOOK_EVERY_MS + 5_000);
    await unheardCalls(1, '+15125550152');
    proxy.reset();
    await waiting(page, 2).waitFor();
  });

  test('shows no longer whom another desk has ticked off, but for a note that is being written', async () => {
    await unheardCalls(1, '+15125550153');
    await unheardCalls(1, '+15125550154');
    const [one, other] = [await desk.visit('/callbacks'), await desk.visit('/callbacks', { hasClock: true })];
    await who(other, '0153').getByRole('button', { name: /^Note/ }).click();
    await other.keyboard.type('Rings again at six.');
    await who(other, '0154').waitFor();
    for (const digits of ['0153', '0154'])
      await who(one, digits).getByRole('button', { name: /^Done/ }).click();
    for (const digits of ['0153', '0154'])
      await who(one, digits)
        .getByRole('button', { name: /again$/ })
        .waitFor();
    await other.clock.runFor(LOOK_EVERY_MS);
    await who(other, '0154').waitFor({ state: 'detached' });
    expect(await who(other, '0153').getByRole('textbox').inputValue()).toBe('Rings again at six.');
    await who(one, '0153')
      .getByRole('button', { name: /again$/ })
      .click();
    await who(one, '0153').getByRole('button', { name: /^Note/ }).click();
    await one.keyboard.type('Has been rung.');
    await who(one, '0153').getByRole('button', { name: 'Save' }).click();
    await who(one, '0153').getByText('Has been rung.').waitFor();
    await other.clock.runFor(LOOK_EVERY_MS);
    await who(other, '0153')
      .getByText('Yours will replace what somebody else has written meanwhile')
      .waitFor();
    await who(one, '0153').getByRole('button', { name: /^Done/ }).click();
    await other.clock.runFor(LOOK_EVERY_MS);
    await who(other, '0153').getByRole('button', { name: 'Cancel' }).click();
    await who(other, '0153').waitFor({ state: 'detached' });
    // What was ticked off here stays in its place, until another desk opens it again.
    await who(one, '0154')
      .getByRole('button', { name: /again$/ })
      .waitFor();
    await other.locator('summary').click();
    await who(other, '0154')
      .getByRole('button', { name: /again$/ })
      .click();
    await who(other, '0154').getByRole('button', { name: /^Done/ }).waitFor();
    await one.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await who(one, '0154').getByRole('button', { name: /^Done/ }).waitFor();
  });

  test('ticks a caller off with a double click, and does not open the call-back again', async () => {
    await unheardCalls(1, '+15125550155');
    const page = await desk.visit('/callbacks');
    const changes: (string | null)[] = [];
    page.on('request', (request) => request.method() === 'PATCH' && changes.push(request.postData()));
    await who(page, '0155').getByRole('button', { name: /^Done/ }).click();
    await who(page, '0155')
      .getByRole('button', { name: /again$/ })
      .waitFor();
    for (const act of ['down', 'up'] as const) await page.mouse[act]({ clickCount: 2 });
    await page.getByRole('link', { name: 'Customers' }).click();
    await page.getByRole('heading', { name: 'Customers' }).waitFor();
    expect(changes).toEqual(['{"status":"done"}']);
  });

  test('keeps the earlier calls in the list when new ones come, each once', async () => {
    await unheardCalls(60);
    const page = await desk.visit('/calls', { hasClock: true });
    const rows = page.locator('.call-row a[href^="/calls/"]');
    const shown = () =>
      rows.evaluateAll((links) => links.map((link) => link.getAttribute('href')?.split('/').at(-1)));
    await page.getByRole('button', { name: 'Earlier calls' }).dblclick();
    await expect.poll(shown).toEqual(await recorded());
    await unheardCalls(3);
    await page.clock.runFor(LOOK_EVERY_MS);
    await expect.poll(shown).toEqual(await recorded());
  });

  test('says so when nothing comes any more on a connection that is open, and opens another', async () => {
    const { page, streams } = await onBreakableWay();
    await isLive(page).waitFor();
    streams.at(-1)?.hold('toClient');
    await page.clock.pauseAt(Date.now() + 10_000);
    for (const says of [isLost, isLive]) {
      const comes = async () => {
        await page.clock.runFor(2_000);
        return says(page).isVisible();
      };
      await expect.poll(comes, { timeout: 30_000 }).toBe(true);
    }
    expect(streams).toHaveLength(2);
  });
});
