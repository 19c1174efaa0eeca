import { type Browser, type BrowserServer, chromium } from 'playwright-core';
import { findChromium } from '../../tools/inspect/inspect-png.js';
import { findProgram } from '../support/programs.js';

/**
 * For each window a whole Chromium makes two pages of its own, at half a second of CPU each. The last `--disable-features` counts: what follows them is
 * of Playwright's own.
 */
const WITHOUT = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'AimEnabled',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'Translate',
];
const ARGS = ['--no-sandbox', '--disable-gpu', `--disable-features=${WITHOUT.join(',')}`];

/** What CHROMIUM names, else the one without windows, which takes half of the CPU, else any; null: there is none on this machine. */
export function browserPath(): string | null {
  return process.env.CHROMIUM || findProgram(['chromium-headless-shell']) || findChromium(process.env);
}

/** Throws where there is none. */
export function launchChromium(args: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath() ?? '', args: [...ARGS, ...args] });
}

export function launchServer(executablePath: string, args: readonly string[]): Promise<BrowserServer> {
  return chromium.launchServer({ executablePath, args: [...ARGS, ...args] });
}
