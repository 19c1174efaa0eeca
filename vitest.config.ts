import { configDefaults, defineConfig } from 'vitest/config';

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

export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: mode === 'unit' ? [...configDefaults.exclude, ...SYSTEM] : configDefaults.exclude,
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/overwritten-buffers.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make every test wait for the others.
    maxWorkers: 2,
  },
}));
