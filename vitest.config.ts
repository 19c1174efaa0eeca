import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification, type Vitest } from 'vitest/node';
import { compiled } from './test/support/compiled.js';

/** The front desk in one Chromium. */
const BROWSER = ['test/browser/**/*.test.ts'];
const LONG_PAGES = ['test/browser/phone.test.ts', 'test/browser/today.test.ts'];

/** Suites that start whole gateways, processes or recorded calls, or make many databases: minutes of the run. `--mode unit` leaves them out. */
const SYSTEM = [
  'test/agents/keypad/keypad-call.test.ts',
  'test/agents/realtime/ladder.test.ts',
  'test/agents/realtime/obedient-model.test.ts',
  'test/agents/realtime/odd-callers.test.ts',
  'test/agents/realtime/talking-call.test.ts',
  'test/agents-wiring.test.ts',
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

/** They measure or change what a whole process has in common: its memory, threads, environment, event loop. The longest first. */
const ALONE = [
  'test/gateway.test.ts',
  'test/tools/replay/replay.test.ts',
  'test/database/restarted-database.test.ts',
  'test/redis/redis-health.test.ts',
  'test/agents/realtime/model-sessions.test.ts',
  'test/calls/agent-supervisor.test.ts',
  'test/calls/long-call.test.ts',
  'test/core/event-loop-watch.test.ts',
  'test/redis/redis-outage.test.ts',
  'test/server/foreign-requests.test.ts',
  'test/store-options.test.ts',
  'test/twilio/webhooks.test.ts',
];

/** They wait for most of their time, for calls in real time and for processes: others have the cores meanwhile. The longest first. */
const WAITING = [
  'test/tools/call/talking-call-command.test.ts',
  'test/twilio-simulator/conformance/gateway.test.ts',
  'test/agents/realtime/ladder.test.ts',
  'test/agents/realtime/talking-call.test.ts',
  'test/program.test.ts',
  'test/agents/realtime/odd-callers.test.ts',
  'test/line/redis-fleet.test.ts',
  'test/agents/realtime/obedient-model.test.ts',
  'test/privacy/erased-everywhere.test.ts',
  'test/agents-wiring.test.ts',
  'test/twilio-simulator/package.test.ts',
  'test/agents/keypad/keypad-call.test.ts',
  'test/main-log.test.ts',
  'test/twilio-simulator/conformance/conformance-run.test.ts',
  'test/recordings/recorded-call.test.ts',
  'test/tools/replay/replay-command.test.ts',
  'test/redis/redis-client.test.ts',
  'test/server/running-gateway.test.ts',
  'test/tools/call/call.test.ts',
];

/** More than the two cores: calls wait for real time. Still more would only make every test wait for the others. */
const WORKERS = 5;
const PAGES_AT_ONCE = 2;

/** How threads go behind others: elsewhere they do not, see `equal-threads.cjs`. */
const THREADS = [
  'test/core/worker-thread.test.ts',
  'test/customers/import/import-reader.test.ts',
  'test/database/database-thread.test.ts',
];

const ROOT = fileURLToPath(new URL('.', import.meta.url));
/** What is compiled before the tests run; the page is built for itself. */
const SOURCES = /^(src(?!\/web\/)|packages|tools)\/.*\.js$/;
const COMPILED = /\/build\/tests\/(src|packages|tools)\//;

/**
 * Tests import what is compiled: each of the processes that run them would have to transform all of it again. While somebody watches, they import the
 * sources, of which a change is seen at once.
 */
class CompiledSources implements Plugin {
  readonly name = 'compiled-sources';
  readonly enforce = 'pre';
  #watches = false;

  readonly configureVitest = ({ vitest }: { vitest: Vitest }) => {
    this.#watches = vitest.config.watch;
  };

  readonly resolveId = (id: string, importer?: string): string | null => {
    if (this.#watches || importer === undefined || !id.startsWith('.')) return null;
    const source = relative(ROOT, resolve(dirname(importer), id));
    const file = compiled(source);
    return SOURCES.test(source) && existsSync(file) ? file : null;
  };
}

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

/**
 * Those that wait are spread among the others, the longest first: the last ones of a run should be short. Two pages go along with the first of them:
 * each page keeps a core busy, and is a caller, who hears and presses in real time.
 */
class SpreadWaiting extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placed = (names: readonly string[]) =>
      names.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(`/${name}`)));
    const [alone, waiting] = [placed([...ALONE, ...THREADS]), placed(WAITING)];
    const ofBrowser = sorted.filter(({ project }) => project.name === 'browser');
    const pages = [...new Set([...placed(LONG_PAGES), ...ofBrowser])];
    const named = new Set([...alone, ...waiting, ...pages]);
    const others = sorted.filter((file) => !named.has(file));
    // Where nothing waits beside them, they would all run at once.
    if (pages.length === files.length) this.ctx.config.maxWorkers = PAGES_AT_ONCE;
    const beside = WORKERS - PAGES_AT_ONCE;
    const first = [...pages.slice(0, PAGES_AT_ONCE), ...waiting.slice(0, beside)];
    return [...first, ...pages.slice(PAGES_AT_ONCE), ...alone, ...spread(waiting.slice(beside), others)];
  }
}

/** The first of these at once, the rest evenly among the others. */
function spread<T>(some: readonly T[], others: readonly T[]): readonly T[] {
  if (some.length === 0) return others;
  const step = others.length / some.length;
  return some.flatMap((one, n) => [one, ...others.slice(Math.round(n * step), Math.round((n + 1) * step))]);
}

/** PGlite lives for seconds here: V8's second compiler would cost more CPU than it saves. */
const COMPILERS = ['--liftoff-only'];
const EQUAL_THREADS = fileURLToPath(new URL('test/support/equal-threads.cjs', import.meta.url));

const plugins = [new CompiledSources(), compiledThreads, builtPage];
const settings = {
  setupFiles: [
    'test/support/patient-waits.ts',
    'test/support/property-seed.ts',
    'test/support/overwritten-buffers.ts',
    'test/support/real-timers.ts',
  ],
  server: { deps: { external: [COMPILED] } },
  // Concurrent tests wait for real time.
  maxConcurrency: 10,
  // However busy the machine is.
  expect: { poll: { timeout: 20_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
  execArgv: [...COMPILERS, '--require', EQUAL_THREADS],
};

export default defineConfig(({ mode }) => ({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    sequence: { sequencer: SpreadWaiting },
    maxWorkers: WORKERS,
    projects: [
      {
        plugins,
        test: { ...settings, name: 'alone', include: ALONE, exclude: leftOut(mode) },
      },
      {
        plugins,
        test: { ...settings, name: 'threads', include: THREADS, exclude: leftOut(mode), execArgv: COMPILERS },
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
        },
      },
      {
        plugins,
        test: {
          ...settings,
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...leftOut(mode), ...ALONE, ...THREADS, ...BROWSER],
          // A process of its own for each of 300 files, and all imports anew, would be a third of the CPU of a run.
          isolate: false,
        },
      },
    ],
  },
}));

function leftOut(mode: string): string[] {
  return mode === 'unit' ? [...configDefaults.exclude, ...SYSTEM] : configDefaults.exclude;
}
