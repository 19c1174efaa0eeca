import { pathToFileURL } from 'node:url';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { compiled } from './test/support/compiled.js';

/** Suites that start whole gateways, processes or recorded calls: minutes of the run. `--mode unit` leaves them out. */
const SYSTEM = [
  'test/gateway.test.ts',
  'test/main-log.test.ts',
  'test/program.test.ts',
  'test/tools/**',
  'test/realtime-simulator/**',
  'test/twilio-simulator/**',
  'test/database/**',
  'test/recordings/recorded-call.test.ts',
  'test/redis/redis-outage.test.ts',
  'test/redis/redis-health.test.ts',
  'test/core/log-output.test.ts',
  'test/server/foreign-requests.test.ts',
];

/** They measure or change what a whole process has in common: its memory, its event loop, its environment. */
const ALONE = [
  'test/core/event-loop-watch.test.ts',
  'test/calls/long-call.test.ts',
  'test/store-options.test.ts',
  'test/twilio/webhooks.test.ts',
];

/** Threads run what is compiled, as in production: through tsx each start of one would take a second of CPU. */
const compiledThreads: Plugin = {
  name: 'compiled-threads',
  enforce: 'pre',
  transform(code, id) {
    const [, source] = /[/\\](src[/\\].*\.ts)$/.exec(id) ?? [];
    if (source === undefined || !code.includes('startWorker(')) return null;
    const base = JSON.stringify(pathToFileURL(compiled(source)).href);
    return { code: code.replace(/(startWorker\('[^']*'), import\.meta\.url/g, `$1, ${base}`), map: null };
  },
};

const settings = {
  setupFiles: ['test/support/overwritten-buffers.ts'],
  testTimeout: 20_000,
  hookTimeout: 60_000,
  // PGlite lives for seconds here: V8's second compiler would cost more CPU than it saves.
  execArgv: ['--liftoff-only'],
};

export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // Two cores: more workers only make every test wait for the others.
    maxWorkers: 2,
    projects: [
      {
        plugins: [compiledThreads],
        test: {
          ...settings,
          name: 'alone',
          include: mode === 'unit' ? ALONE : [...SYSTEM, ...ALONE].map(testsOf),
        },
      },
      {
        plugins: [compiledThreads],
        test: {
          ...settings,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...SYSTEM, ...ALONE],
          // A process of its own for each of 200 files, and all imports anew, would be a third of the CPU of a run.
          isolate: false,
        },
      },
    ],
  },
}));

function testsOf(files: string): string {
  return files.replace(/\*\*$/, '**/*.test.ts');
}
