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

export default defineConfig(({ mode }) => ({
  plugins: [compiledThreads],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: mode === 'unit' ? [...configDefaults.exclude, ...SYSTEM] : configDefaults.exclude,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/overwritten-buffers.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make every test wait for the others.
    maxWorkers: 2,
    // PGlite lives for seconds here: V8's second compiler would cost more CPU than it saves.
    execArgv: ['--liftoff-only'],
  },
}));
