import type { TestProject } from 'vitest/node';
import { browserPath, launchServer } from './chromium.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one Chromium of all browser tests is reached; null: there is none on this machine, and they are skipped. */
    chromium: string | null;
  }
}

/** Starts the Chromium that all browser tests share. Returns what ends it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const path = browserPath();
  if (path === null) {
    project.provide('chromium', null);
    return async () => {};
  }
  const server = await launchServer(path, [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
  ]);
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
