import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { findChromium } from '../../tools/inspect/inspect-png.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one Chromium of all browser tests is reached; null: there is none on this machine, and they are skipped. */
    chromium: string | null;
  }
}

/** Starts the Chromium that all browser tests share. Returns what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = findChromium(process.env);
  if (executablePath === null) {
    project.provide('chromium', null);
    return async () => {};
  }
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
  ];
  const server = await chromium.launchServer({ executablePath, args });
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
