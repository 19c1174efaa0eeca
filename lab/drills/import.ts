import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { EchoedCalls } from './attacked-gateway.js';
import { FrameTimes } from './frame-times.js';
import { ADMIN_TOKEN, startInShop, testDatabaseUrl, twilioFor } from './shared-shop.js';

/** `IMPORT_ROWS` makes it smaller. */
const ROWS = Number(process.env.IMPORT_ROWS ?? 50_000);
const CALLS = 50;
const BASELINE_MS = 15_000;
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
    const database = await createServerDatabase(testDatabaseUrl());
    try {
      const embedded = await drillOver('PGlite', {});
      return [...embedded, ...(await drillOver('PostgreSQL', { DATABASE_URL: database.url }))];
    } finally {
      await database.drop();
    }
  },
};

async function drillOver(name: string, stores: { DATABASE_URL?: string }): Promise<DrillRow[]> {
  const gateway = await startInShop(stores, { AGENT: 'echo' });
  const twilio = twilioFor(gateway);
  try {
    const live = new EchoedCalls(twilio, CALLS);
    await live.untilEchoed();
    // What the first file costs once, such as loading what reads it, is no part of what a file costs.
    await send(
      gateway,
      fileOf(10, () => false),
      '?dry_run=1',
    );
    await live.during(() => pause(BASELINE_MS));
    const before = FrameTimes.lateness(live.times);
    const file = gzipSync(fileOf(ROWS, () => false));
    const bad = gzipSync(fileOf(ROWS, (n) => n % 100 === 99));
    const had = await customersOf(gateway);
    const seen = await live.during(() => importBoth(gateway, bad, file));
    const during = FrameTimes.lateness(live.times);
    return [
      ...filesOf(name, seen.result, had, await customersOf(gateway)),
      {
        fault: `${name}: a file of ${ROWS} rows beside ${CALLS} calls`,
        required: `each frame at most ${LATER_BY_MS} ms later than before, no call lost`,
        seen: `p99 ${during.p99.toFixed(1)} ms late, ${before.p99.toFixed(1)} before; worst ${during.worst.toFixed(1)} ms, ${before.worst.toFixed(1)} before; ${live.live} of ${CALLS} calls, ${seen.frames} of ${seen.due.toFixed(0)} frames`,
        held:
          live.live === CALLS &&
          during.p99 <= before.p99 + LATER_BY_MS &&
          during.worst <= before.worst + LATER_BY_MS,
      },
    ];
  } finally {
    await twilio.close();
    await gateway.stop();
  }
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
