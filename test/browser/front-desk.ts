import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, expect, inject, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { QuickVoice, shopIsReady, startGateway, type TestGateway } from '../support/test-gateway.js';
import { launchChromium } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Git ignores it. Whoever changes the page looks at what is in it. */
const PICTURES = 'build/pictures';
const WIDE = { width: 1280, height: 860 };
/** A telephone's screen. */
export const PHONE = { width: 390, height: 844 };

/** Without a Chromium no browser test can run; in CI there is one. */
export const hasChromium = inject('chromium') !== null;

/** A gateway with the demo shop, and a browser in front of it. */
export interface FrontDesk {
  readonly gateway: TestGateway;
  /**
   * Opens an address in a browser of its own, closed when the test is over; the test fails if the page then has logged an error that `mayFail` does
   * not match, or broken its own content policy.
   */
  visit(path: string, options?: VisitOptions): Promise<Page>;
}

export interface VisitOptions extends BrowserContextOptions {
  readonly mayFail?: RegExp;
  /** The page's timers go by a clock that `page.clock` can advance. */
  readonly hasClock?: boolean;
}

/** For all tests of a file; what it opens is closed with it. `ownArgs`: of a Chromium of its own, in place of the one that all share. */
export async function openFrontDesk(
  env: Record<string, string> = {},
  voice: TextToSpeech = new QuickVoice(),
  ownArgs?: readonly string[],
): Promise<FrontDesk> {
  const endpoint = inject('chromium');
  if (endpoint === null) throw new Error('There is no Chromium: skip these tests with hasChromium.');
  const browser = ownArgs ? await launchChromium(ownArgs) : await chromium.connect(endpoint);
  afterAll(() => browser.close());
  const gateway = await startGateway(env, voice, afterAll);
  const headers = env.ADMIN_TOKEN ? { Authorization: `Bearer ${env.ADMIN_TOKEN}` } : {};
  const get = async <T>(path: string) => (await fetch(gateway.url + path, { headers })).json() as T;
  // Until then the page has faults to tell.
  await shopIsReady({ ...gateway, get });
  return { gateway, visit: (path, options) => visit(browser, new URL(path, gateway.url).href, options) };
}

async function visit(
  browser: Browser,
  url: string,
  { mayFail, hasClock, ...options }: VisitOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && faults.push(`${message.text()} ${message.location().url}`),
  );
  page.on('pageerror', (error) => faults.push(String(error)));
  onTestFinished(async () => {
    await context.close();
    expect(faults.filter((fault) => !mayFail?.test(fault))).toEqual([]);
  });
  if (hasClock) await page.clock.install();
  await page.goto(url);
  return page;
}

/** What axe tells, as far as it is read here. */
const Findings = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullish(),
      nodes: z.array(z.object({ target: z.array(z.unknown()), html: z.string() })),
    }),
  ),
});

/** What axe finds on the page that is serious or critical, as `rule: where`; by these rules alone where some are given. */
export async function seriousFindings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  // It stays with the document.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const options = JSON.stringify(rules.length > 0 ? { runOnly: rules } : {});
  const { violations } = Findings.parse(await page.evaluate(`axe.run(document, ${options})`));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 200)}`),
    );
}

/** As if somebody came back to the page: it asks for what it shows again. */
export async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

/** Whether keys go to it. */
export async function hasFocus(control: Locator): Promise<boolean> {
  return control.evaluate((element) => element === document.activeElement);
}

const LOOKS = [
  { look: 'light', size: WIDE, colorScheme: 'light', rules: [] },
  // The same page in other colours.
  { look: 'dark', size: WIDE, colorScheme: 'dark', rules: ['color-contrast'] },
  { look: 'phone', size: PHONE, colorScheme: 'light', rules: [] },
] as const;

/**
 * Looks at a page in light, dark and on a phone: axe has no serious finding, nothing is wider than the screen, and a picture of each goes
 * to `build/pictures/NAME-LOOK.png`. `ready` settles when the page shows what it is to show.
 */
export async function lookAt(
  page: Page,
  name: string,
  ready: () => Promise<unknown> = async () => {},
): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  for (const { look, size, colorScheme, rules } of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    await ready();
    await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`), fullPage: look !== 'phone' });
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    // Words that look like a control are pressed in vain.
    const framed = await page.evaluate(
      () =>
        [...document.querySelectorAll('.field > label')].filter(
          (label) => getComputedStyle(label).borderTopStyle !== 'none',
        ).length,
    );
    const findings = await seriousFindings(page, rules);
    expect({ look, tooWide: tooWide > 0, framed, findings }).toEqual({
      look,
      tooWide: false,
      framed: 0,
      findings: [],
    });
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: 'light' });
}

/**
 * What has moved by itself on the page since this was asked first: elements whose place changed without a hand on them (layout shifts, as
 * browsers count them). Words that scroll within a conversation have their own place to move in.
 */
export async function movedElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const known: unknown = Reflect.get(globalThis, 'moved');
    if (Array.isArray(known)) return known.map(String);
    const moved: string[] = [];
    Reflect.set(globalThis, 'moved', moved);
    const nodesOf = (entry: object): unknown[] => {
      const sources: unknown = Reflect.get(entry, 'sources');
      return Array.isArray(sources) ? sources.map(({ node }) => node) : [];
    };
    new PerformanceObserver((list) => {
      for (const node of list.getEntries().flatMap(nodesOf)) {
        const element = node instanceof Element ? node : node instanceof Node ? node.parentElement : null;
        if (element && !element.closest('.call-words')) moved.push(element.outerHTML.slice(0, 200));
      }
    }).observe({ type: 'layout-shift' });
    return moved;
  });
}
