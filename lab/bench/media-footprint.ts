import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { BenchRow } from '../bench-topic.js';
import type { MediaRig } from './media-rig.js';
import type { PinnedProcess } from './pinned-process.js';

const CALLS = 1000;
const KB_A_CALL = 60;
const IDLE_MB = { embedded: 400, given: 150 };
/** What getting ready has left behind is collected by then. */
const REST_MS = 10_000;
const START_MS = { embedded: 5000, given: 2000 };

/** Memory of calls and of a gateway without any, and how long one takes to listen. */
export async function footprintRows(rig: MediaRig, databaseUrl: string | undefined): Promise<BenchRow[]> {
  const rows = await embedded(rig);
  if (databaseUrl === undefined) return [await callRow(rig, {}), ...rows];
  const database = await createServerDatabase(databaseUrl);
  try {
    const given = { DATABASE_URL: database.url };
    const server = await rig.startOurs('listen', given);
    rows.push(...(await idleRows('with Redis and PostgreSQL given', server, IDLE_MB.given, START_MS.given)));
    return [await callRow(rig, given), ...rows];
  } finally {
    await database.drop();
  }
}

/** An embedded database would give memory back while the calls take theirs. */
async function callRow(rig: MediaRig, settings: Readonly<Record<string, string>>): Promise<BenchRow> {
  const load = { calls: CALLS, warmSeconds: 10, seconds: 5, caller: 'audio' } as const;
  const { residentKb, idleKb } = await rig.run({ ours: 'listen' }, load, { restMs: REST_MS, settings });
  const theirs = await rig.run({ reference: 'listen' }, load);
  const each = (residentKb - idleKb) / CALLS;
  return {
    figure: `memory a call, ${CALLS} calls listening`,
    measured: `${each.toFixed(0)} KB`,
    reference: `ws, JSON.parse, base64: ${((theirs.residentKb - theirs.idleKb) / CALLS).toFixed(0)} KB`,
    target: `≤ ${KB_A_CALL} KB`,
    met: each <= KB_A_CALL,
  };
}

async function embedded(rig: MediaRig): Promise<BenchRow[]> {
  const folder = join(tmpdir(), `bayline-bench-data-${process.pid}`);
  try {
    const rows: BenchRow[] = [];
    for (const how of ['with a new data folder', 'with that data folder again']) {
      const server = await rig.startOurs('listen', { DATA_DIR: folder });
      rows.push(...(await idleRows(how, server, IDLE_MB.embedded, START_MS.embedded)));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function idleRows(
  how: string,
  server: PinnedProcess,
  mostMb: number,
  mostMs: number,
): Promise<BenchRow[]> {
  await server.untilIdle();
  await pause(REST_MS);
  const mb = server.residentKb / 1024;
  const { startMs } = server;
  await server.stop();
  return [
    {
      figure: `from launch to \`listening\`, ${how}`,
      measured: `${startMs.toFixed(0)} ms`,
      reference: '',
      target: `< ${mostMs} ms`,
      met: startMs < mostMs,
    },
    {
      figure: `memory of an idle gateway, ${how}`,
      measured: `${mb.toFixed(0)} MB`,
      reference: '',
      target: `< ${mostMb} MB`,
      met: mb < mostMb,
    },
  ];
}
