import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import { type LoadResult, MediaLoad, offeredStreams } from '../bench/media-load.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { ADMIN_TOKEN, testDatabaseUrl } from './shared-shop.js';

/** `IMPORT_ROWS` makes it smaller. */
const ROWS = Number(process.env.IMPORT_ROWS ?? 50_000);
const CALLS = 50;
const BASELINE_MS = 15_000;
/** Before frames count: the callers come one by one. */
const WARM_SECONDS = 5;
/** Both files have been sent by then, or the drill has failed. */
const MOST_SECONDS = 300;
const WITHIN_MS = 60_000;
const LATER_BY_MS = 20;
/** A caller who asks for open times is told that they cannot be had after two seconds. */
const ANSWERED_WITHIN_MS = 2000;

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export const topic: Drill = {
  title: `A file of ${ROWS} customers beside ${CALLS} live calls`,
  async drill() {
    const callers = await MediaLoad.build();
    const database = await createServerDatabase(testDatabaseUrl());
    try {
      const embedded = await drillOver('PGlite', callers, {});
      return [...embedded, ...(await drillOver('PostgreSQL', callers, { DATABASE_URL: database.url }))];
    } finally {
      await database.drop();
    }
  },
};

async function drillOver(
  name: string,
  callers: MediaLoad,
  stores: { DATABASE_URL?: string },
): Promise<DrillRow[]> {
  const settings = { ADMIN_TOKEN, AGENT: 'echo', SHOP_HOURS: 'Mon-Sun 00:00-23:59' };
  const gateway = await GatewayProcess.start({ ...stores, ...settings }, { onOutput: () => undefined });
  try {
    // What the first file costs once, such as loading what reads it, is no part of what a file costs.
    await send(
      gateway,
      fileOf(10, () => false),
      '?dry_run=1',
    );
    const file = gzipSync(fileOf(ROWS, () => false));
    const bad = gzipSync(fileOf(ROWS, (n) => n % 100 === 99));
    const before = await heardDuring(callers, gateway, () => pause(BASELINE_MS));
    const had = await customersOf(gateway);
    const during = await heardDuring(callers, gateway, () => importBoth(gateway, bad, file));
    return [
      ...filesOf(name, during.result, had, await customersOf(gateway)),
      framesOf(name, before.heard, during.heard),
    ];
  } finally {
    await gateway.stop();
  }
}

/**
 * What callers hear of the echo agent while `work` runs. Each frame carries when it was sent, so that what counts is the gateway's own delay; the
 * callers are a small program in C, because they have the same cores as the gateway, which Twilio has not.
 */
async function heardDuring<T>(
  callers: MediaLoad,
  gateway: GatewayProcess,
  work: () => Promise<T>,
): Promise<{ heard: LoadResult; result: T }> {
  const streams = await offeredStreams(gateway.url, CALLS);
  const over = new AbortController();
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((settle) => {
    begin = settle;
  });
  const times = { warmSeconds: WARM_SECONDS, seconds: MOST_SECONDS, look: () => begin() };
  const hearing = callers.run(gateway.url, streams, {
    ...times,
    calls: CALLS,
    caller: 'stamp',
    over: over.signal,
  });
  const working = begun.then(work).finally(() => over.abort());
  const [heard, result] = await Promise.all([hearing, working]);
  return { heard, result };
}

function framesOf(name: string, before: LoadResult, during: LoadResult): DrillRow {
  const ms = (us: number) => (us / 1000).toFixed(1);
  const worst = `worst ${ms(during.delay_us.max)} ms, ${ms(before.delay_us.max)} before`;
  const usual = `p99 ${ms(during.delay_us.p99)} ms after it was sent, ${ms(before.delay_us.p99)} before`;
  const frames = `${during.received} of ${during.sent} frames, ${CALLS - during.closed} of ${CALLS} calls`;
  const most = LATER_BY_MS * 1000;
  return {
    fault: `${name}: files of ${ROWS} rows beside ${CALLS} calls`,
    required: `each frame at most ${LATER_BY_MS} ms later than before, no call lost`,
    seen: `${usual}; ${worst}; ${frames}; the callers' own worst ${ms(during.behind_us.max)} ms`,
    held:
      during.closed === 0 &&
      // A frame of each call may be under way when the time ends.
      Math.abs(during.sent - during.received) <= CALLS &&
      during.delay_us.p99 <= before.delay_us.p99 + most &&
      during.delay_us.max <= before.delay_us.max + most,
  };
}

interface Imported {
  readonly refused: Answer;
  readonly taken: Answer;
  /** How long each caller who asked for open times meanwhile has waited. */
  readonly asked: readonly Answer[];
}

async function importBoth(gateway: GatewayProcess, bad: Buffer, file: Buffer): Promise<Imported> {
  const asked: Answer[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      asked.push(await ask(gateway, '/api/availability?service_type=oil_change&limit=3'));
      await pause(100);
    }
  })();
  const refused = await send(gateway, bad);
  const taken = await send(gateway, file);
  isOver = true;
  await asking;
  return { refused, taken, asked };
}

function filesOf(name: string, { refused, taken, asked }: Imported, had: number, has: number): DrillRow[] {
  const wrong = Array.isArray(refused.body.rows) ? refused.body.rows.length : 0;
  const worst = Math.max(...asked.map(({ ms }) => ms));
  const failed = asked.filter(({ status }) => status !== 200).length;
  return [
    {
      fault: `${name}: 1 % of ${ROWS} rows are wrong`,
      required: 'status 400, each of them named',
      seen: `${refused.status}, ${wrong} named, in ${(refused.ms / 1000).toFixed(1)} s`,
      held: refused.status === 400 && wrong === Math.floor(ROWS / 100),
    },
    {
      fault: `${name}: a file of ${ROWS} rows`,
      required: `all there within ${WITHIN_MS / 1000} s`,
      seen: `${taken.status}, ${has - had} customers in ${(taken.ms / 1000).toFixed(1)} s`,
      held: taken.status === 200 && has - had === ROWS && taken.ms <= WITHIN_MS,
    },
    {
      fault: `${name}: open times are asked for meanwhile`,
      required: `each answered, within ${ANSWERED_WITHIN_MS} ms`,
      seen: `${asked.length - failed} of ${asked.length}, after ${worst.toFixed(0)} ms at most`,
      held: failed === 0 && worst <= ANSWERED_WITHIN_MS,
    },
  ];
}

/** Customers that have a number each, with a vehicle each. */
function fileOf(rows: number, isWrong: (n: number) => boolean): string {
  const lines = Array.from({ length: rows }, (_, n) => {
    const year = isWrong(n) ? 'soon' : String(1990 + (n % 35));
    return `Customer ${n},(415) ${2_000_000 + n},customer${n}@example.com,Honda,Civic,${year},,ABC ${n},"Came by, asked for ""brakes"""`;
  });
  return ['Name,Phone,E-Mail,Make,Model,Year,VIN,Plate,Notes', ...lines].join('\r\n');
}

function send(gateway: GatewayProcess, file: Buffer | string, query = ''): Promise<Answer> {
  const packed = typeof file === 'string' ? gzipSync(file) : file;
  return ask(gateway, `/api/customers/import${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' },
    body: new Uint8Array(packed),
  });
}

async function ask(
  gateway: GatewayProcess,
  path: string,
  { headers, ...init }: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Answer> {
  const startedAt = performance.now();
  const authorization = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${gateway.url}${path}`, {
    ...init,
    headers: { ...headers, ...authorization },
  });
  const body: unknown = await response.json();
  const ms = performance.now() - startedAt;
  return { status: response.status, ms, body: typeof body === 'object' ? { ...body } : {} };
}

async function customersOf(gateway: GatewayProcess): Promise<number> {
  const headers = { Accept: 'text/csv', Authorization: `Bearer ${ADMIN_TOKEN}` };
  const text = await (await fetch(`${gateway.url}/api/customers`, { headers })).text();
  return new Set([...text.matchAll(/^\d+,\+/gm)].map(([start]) => start)).size;
}
