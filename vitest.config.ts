import { pathToFileURL } from 'node:url';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { compiled } from './test/support/compiled.js';

/** Calls with a voice model, in real time: how fast a caller is answered decides how the call goes on. They run when all others are through; the longest first. */
const TALKING = [
  'test/agents/realtime/talking-call.test.ts',
  'test/agents/realtime/odd-callers.test.ts',
  'test/agents/realtime/ladder.test.ts',
  'test/agents/realtime/obedient-model.test.ts',
  'test/agents-wiring.test.ts',
];

/** The front desk in one Chromium, one file after the other. */
const BROWSER = ['test/browser/**/*.test.ts'];

/** Suites that start whole gateways, processes or recorded calls, or make many databases: minutes of the run. `--mode unit` leaves them out. */
const SYSTEM = [
  ...TALKING,
  'test/agents/keypad/keypad-call.test.ts',
  'test/appointments/appointment-book.test.ts',
  'test/appointments/booking-rules.test.ts',
  'test/appointments/cached-open-times.test.ts',
  'test/call-log/callbacks.property.test.ts',
  'test/calls/long-call.test.ts',
  'test/customers/customer-warming.test.ts',
  'test/desk/guess-budget.property.test.ts',
  'test/line/redis-fleet.test.ts',
  'test/package.test.ts',
  'test/privacy/erased-everywhere.test.ts',
  'test/server/routes/customer-import.test.ts',
  'test/server/routes/status-callbacks.property.test.ts',
  'test/server/running-gateway.test.ts',
  'test/speech/phone-voice.test.ts',
  'test/speech/voice-cache.test.ts',
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
  ...BROWSER,
];

/**
 * They measure or change what a whole process has in common (its memory, threads, environment, event loop), or take so long that others should not wait
 * behind them. Most wait for real time or for processes. The longest first.
 */
const ALONE = [
  'test/gateway.test.ts',
  'test/tools/call/talking-call-command.test.ts',
  'test/twilio-simulator/conformance/gateway.test.ts',
  'test/program.test.ts',
  'test/tools/replay/replay.test.ts',
  'test/main-log.test.ts',
  'test/database/restarted-database.test.ts',
  'test/twilio-simulator/package.test.ts',
  'test/twilio-simulator/conformance/conformance-run.test.ts',
  'test/redis/redis-health.test.ts',
  'test/tools/call/call.test.ts',
  'test/tools/replay/replay-command.test.ts',
  'test/agents/realtime/model-sessions.test.ts',
  'test/calls/agent-supervisor.test.ts',
  'test/calls/long-call.test.ts',
  'test/core/event-loop-watch.test.ts',
  'test/redis/redis-outage.test.ts',
  'test/server/foreign-requests.test.ts',
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

/** The page that is served is the built one, beside the compiled twin of the file that serves it. */
const builtPage: Plugin = {
  name: 'built-page',
  enforce: 'pre',
  transform(code, id) {
    if (!/[/\\]src[/\\]server[/\\]routes[/\\]front-desk\.ts$/.test(id)) return null;
    const base = JSON.stringify(pathToFileURL(compiled('src/server/routes/front-desk.ts')).href);
    return { code: code.replaceAll('import.meta.url', base), map: null };
  },
};

/** Those that are named above begin in that order: the last ones of a run should be short. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const named = [...ALONE, ...TALKING];
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = named.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place < 0 ? named.length : place;
    };
    return (await super.sort(files)).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

const plugins = [compiledThreads, builtPage];
const settings = {
  setupFiles: ['test/support/overwritten-buffers.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // PGlite lives for seconds here: V8's second compiler would cost more CPU than it saves.
  execArgv: ['--liftoff-only'],
};

export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // One more than the two cores: calls wait for real time, and more would only make every test wait for the others.
    maxWorkers: 3,
    projects: [
      {
        plugins,
        test: {
          ...settings,
          name: 'alone',
          include: ALONE,
          exclude: leftOut(mode),
          maxWorkers: 4,
          // Concurrent tests wait for real time.
          maxConcurrency: 10,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins,
        test: {
          ...settings,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...leftOut(mode), ...ALONE, ...TALKING, ...BROWSER],
          // A process of its own for each of 200 files, and all imports anew, would be a third of the CPU of a run.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins,
        test: {
          ...settings,
          name: 'browser',
          include: BROWSER,
          exclude: leftOut(mode),
          globalSetup: ['test/browser/chromium-server.ts'],
          isolate: false,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        plugins,
        test: {
          ...settings,
          name: 'talking',
          include: TALKING,
          exclude: leftOut(mode),
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
}));

function leftOut(mode: string): string[] {
  return mode === 'unit' ? [...configDefaults.exclude, ...SYSTEM] : configDefaults.exclude;
}
