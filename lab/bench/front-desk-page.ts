import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { loadConfig } from '../../src/config.js';
import { silentLogger } from '../../src/core/logger.js';
import { createGateway } from '../../src/gateway.js';
import { findChromium } from '../../tools/inspect/inspect-png.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';

const CALLS = 100;
const SECONDS = 20;
const KEY_EVERY_MS = 4_000;
const OPENINGS = 5;
const CHANGES = 20;

/** What the front desk page takes of the machine that looks at it, in a Chromium without a graphics processor. */
export const topic: BenchTopic = {
  title: `The front desk page, with ${CALLS} live calls`,
  async run(): Promise<BenchRow[]> {
    const executablePath = findChromium(process.env);
    if (executablePath === null) throw new Error('This benchmark needs a Chromium on PATH.');
    const settings = { PORT: '0', HOST: '127.0.0.1', DATA_DIR: 'memory' };
    const gateway = await createGateway(loadConfig(settings), { logger: silentLogger() });
    const { url } = await gateway.listen();
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const twilio = new TwilioSimulator({ gatewayUrl: url });
    try {
      const opened = await openings(browser, url);
      const page = await watchLine(browser, url);
      const calls = await placeCalls(twilio, page);
      const seen = await changesSeen(page, calls);
      const keys = pressInTurn(calls);
      const share = await coreShare(browser);
      clearInterval(keys);
      return [openingRow(opened), shareRow(share), changeRow(seen)];
    } finally {
      await browser.close();
      await twilio.close();
      await gateway.close();
    }
  },
};

/** Milliseconds from the navigation to the first view with the shop's settings in it, each time with an empty cache. */
async function openings(browser: Browser, url: string): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < OPENINGS; n++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('.choice').waitFor();
    took.push(await page.evaluate('performance.now()'));
    await context.close();
  }
  return took;
}

async function watchLine(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

async function placeCalls(twilio: TwilioSimulator, page: Page): Promise<TwilioCall[]> {
  const calls: TwilioCall[] = [];
  for (let n = 0; n < CALLS; n++) {
    calls.push(twilio.call({ from: `+1512555${String(1000 + n)}`, keepAudio: false }));
    await pause(50);
  }
  await page.getByText(`${CALLS} calls now`).waitFor({ timeout: 60_000 });
  return calls;
}

/** One caller after the other asks for the opening hours, which the agent says: each press is a turn of the caller and one of the agent. */
function pressInTurn(calls: readonly TwilioCall[]): NodeJS.Timeout {
  let pressed = 0;
  return setInterval(() => {
    const call = calls[pressed % calls.length];
    pressed += 1;
    if (call?.state === 'streaming') call.press('3');
  }, KEY_EVERY_MS / CALLS);
}

/** How much of a core the busiest renderer takes. */
async function coreShare(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const rendererSeconds = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return Math.max(...processInfo.filter(({ type }) => type === 'renderer').map(({ cpuTime }) => cpuTime));
  };
  const [before, startedAt] = [await rendererSeconds(), performance.now()];
  await pause(SECONDS * 1000);
  return ((await rendererSeconds()) - before) / ((performance.now() - startedAt) / 1000);
}

/** Milliseconds from a key that a caller presses to its words on the page. */
async function changesSeen(page: Page, calls: readonly TwilioCall[]): Promise<number[]> {
  const took: number[] = [];
  for (const call of calls.slice(0, CHANGES)) {
    const seen = page
      .locator(`[data-call="${call.callSid}"] .said-user`)
      .first()
      .waitFor({ timeout: 10_000 });
    const pressedAt = performance.now();
    call.press('3');
    await seen;
    took.push(performance.now() - pressedAt);
  }
  return took;
}

function openingRow(took: readonly number[]): BenchRow {
  const worst = Math.max(...took);
  return {
    figure: 'first view with an empty cache, on loopback',
    measured: `median ${median(took).toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
    reference: '',
    target: 'at most 1,000 ms',
    met: worst <= 1_000,
  };
}

function shareRow(share: number): BenchRow {
  return {
    figure: `the page while ${CALLS} calls go on, each with a key every ${KEY_EVERY_MS / 1000} s`,
    measured: `${(share * 100).toFixed(1)} % of a core`,
    reference: '',
    target: 'at most 20 %',
    met: share <= 0.2,
  };
}

function changeRow(took: readonly number[]): BenchRow {
  return {
    figure: 'a key of a caller, until its words are on the page',
    measured: `median ${median(took).toFixed(0)} ms, worst ${Math.max(...took).toFixed(0)} ms`,
    reference: '',
    target: 'at most 500 ms',
    met: Math.max(...took) <= 500,
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
