import pg from 'pg';
import { callForm } from '../../packages/twilio-simulator/src/call-form.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Callback } from '../../src/call-log/callbacks.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { inTurns, post } from './attacked-gateway.js';
import { CALLER_KINDS, type CallerKind, type Look } from './callback-callers.js';
import { GatewayLog, isFault } from './gateway-log.js';
import {
  ADMIN_TOKEN,
  redisAt,
  startInShop,
  storedSession,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';

const CALLS = Number(process.env.DRILL_CALLS ?? 1000);
const AT_ONCE = 40;
/** Twilio's requests and streams go to the other gateway from then on. */
const SWITCH_MS = 150;
const FIRST_NUMBER = 8_000_000;
const RECORDED_WITHIN_MS = 75_000;

/** A call that was played, and who called. */
interface Played {
  readonly kind: CallerKind;
  readonly from: string;
  readonly callSid: string;
  /** Why its caller did not get where this kind of caller gets; null: all went well. */
  readonly problem: string | null;
}

export const topic: Drill = {
  title: `${CALLS} calls of every ending on two gateways that Twilio asks by turns: who is on the list of call-backs`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const log = new GatewayLog();
    const settings = { TRANSFER_NUMBER: '+15125550190' };
    const start = () => startInShop(stores, settings, { onOutput: log.onOutput });
    const gateways = [await start(), await start()] as const;
    const redis = redisAt(server.url);
    try {
      const look: Look = (callSid) => storedSession(redis, callSid);
      const played = await playAll(gateways, look);
      await untilRecorded(database.url, played);
      return [
        ...listRows(played, await onList(gateways[1])),
        await confirmedRow(played, database.url),
        logRow(log),
      ];
    } finally {
      redis.disconnect();
      await Promise.all(gateways.map((gateway) => gateway.kill()));
      await server.stop();
      await database.drop();
    }
  },
};

async function playAll(gateways: readonly [GatewayProcess, GatewayProcess], look: Look): Promise<Played[]> {
  const twilios = gateways.map(twilioFor);
  let turn = 0;
  const switching = setInterval(() => {
    turn += 1;
    for (const [n, twilio] of twilios.entries()) twilio.routeTo(gateways[(turn + n) % 2 === 0 ? 0 : 1].url);
  }, SWITCH_MS);
  const played: Played[] = [];
  let next = 0;
  await inTurns(CALLS, AT_ONCE, async () => {
    const n = next++;
    const [kind, twilio] = [CALLER_KINDS[n % CALLER_KINDS.length], twilios[n % 2]];
    if (!kind || !twilio) return;
    const from = kind.options?.from ?? `+1512${FIRST_NUMBER + n}`;
    const first = await play(twilio, kind, from, look);
    played.push(first);
    await repeatWebhooks(gateways, first);
    if (kind.servedLater) played.push(await play(twilio, BOOKS, from, look));
    if (played.length % 100 === 0) process.stderr.write(`${played.length} calls\n`);
  });
  clearInterval(switching);
  await Promise.all(twilios.map((twilio) => twilio.close()));
  return played;
}

const BOOKS: CallerKind = {
  name: 'calls again and books',
  expected: null,
  play: async (call, look) => {
    await CALLER_KINDS.find(({ name }) => name === 'books and hears so')?.play(call, look);
  },
};

async function play(twilio: TwilioSimulator, kind: CallerKind, from: string, look: Look): Promise<Played> {
  const call = twilio.call({ keepAudio: false, patienceMs: 60_000, ...kind.options, from });
  const problem = await kind.play(call, look).then(
    () => null,
    async (error: unknown) => {
      await call.hangUp();
      return error instanceof Error ? error.message : String(error);
    },
  );
  return { kind, from, callSid: call.callSid, problem };
}

/** Twilio's last words of a call come again, at either gateway. */
async function repeatWebhooks(
  gateways: readonly GatewayProcess[],
  { kind, from, callSid }: Played,
): Promise<void> {
  const call = { accountSid: `AC${'0'.repeat(32)}`, callSid, from, to: '+15125550199', stir: 'A' };
  const form = { ...callForm(call), CallStatus: 'completed' };
  const { dialResult } = kind.options ?? {};
  for (const gateway of gateways) {
    await post(gateway, '/twilio/call-status', form);
    if (dialResult) await post(gateway, '/twilio/voice/next', { ...form, DialCallStatus: dialResult });
  }
}

async function untilRecorded(databaseUrl: string, played: readonly Played[]): Promise<void> {
  const callSids = played.map(({ callSid }) => callSid);
  const deadline = performance.now() + RECORDED_WITHIN_MS;
  const text = 'select count(*)::int as recorded from calls where call_sid = any($1)';
  while (performance.now() < deadline) {
    const [row] = await query<{ recorded: number }>(databaseUrl, text, [callSids]);
    if ((row?.recorded ?? 0) >= callSids.length) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function onList(gateway: GatewayProcess): Promise<Callback[]> {
  const all: Callback[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const url = `${gateway.url}/api/callbacks?status=open&limit=200${before ? `&before=${before}` : ''}`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } });
    const { callbacks } = (await response.json()) as { callbacks: Callback[] };
    if (callbacks.length === 0) return all;
    all.push(...callbacks);
  }
}

function listRows(played: readonly Played[], list: readonly Callback[]): DrillRow[] {
  const astray = played.filter(({ problem }) => problem !== null);
  const whole = played.filter(({ problem }) => problem === null);
  const expected = whole.filter(({ kind }) => kind.expected !== null && !kind.servedLater);
  const served = whole.filter(({ kind }) => kind.expected === null || kind.servedLater);
  const times = (callSid: string) => list.filter((each) => each.call_sid === callSid);
  const notOnce = expected.filter(({ callSid }) => times(callSid).length !== 1);
  const otherwise = expected.filter(({ callSid, kind, from }) =>
    times(callSid).some(({ reason, caller_phone }) => reason !== kind.expected || caller_phone !== from),
  );
  const wrongly = served.filter(({ callSid }) => times(callSid).length > 0);
  const fault = `${played.length} calls of ${CALLER_KINDS.length} endings`;
  const names = (some: readonly Played[]) => [...new Set(some.map(({ kind }) => kind.name))].join('; ');
  const row = (required: string, wrong: readonly Played[], of: number): DrillRow => ({
    fault,
    required,
    seen: `${of - wrong.length} of ${of}${wrong.length > 0 ? `: not who ${names(wrong)}` : ''}`,
    held: wrong.length === 0 && of > 0,
  });
  return [
    {
      ...row('each ends as it should', astray, played.length),
      seen: `${whole.length} of ${played.length}${astray.length > 0 ? `: ${names(astray)}: ${astray[0]?.problem}` : ''}`,
    },
    row('who was not served is on the list once', notOnce, expected.length),
    row('for the right reason, with the number', otherwise, expected.length),
    row('nobody is on it who was served, or cannot be rung', wrongly, served.length),
  ];
}

/** `confirmed` says whether the caller has heard of the booking. */
async function confirmedRow(played: readonly Played[], databaseUrl: string): Promise<DrillRow> {
  const rows = await query<{ call_sid: string; confirmed: boolean }>(
    databaseUrl,
    "select call_sid, confirmed from appointments where status = 'booked' and call_sid is not null",
    [],
  );
  const heard = new Map(
    played.map(({ callSid, kind }) => [callSid, kind.expected === null && !kind.servedLater]),
  );
  const wrong = rows.filter(({ call_sid, confirmed }) => heard.get(call_sid) !== confirmed);
  return {
    fault: 'bookings whose caller heard of them, and whose caller did not',
    required: 'the first are confirmed, the others are not',
    seen: `${rows.length - wrong.length} of ${rows.length}, ${rows.filter(({ confirmed }) => confirmed).length} confirmed`,
    held: wrong.length === 0 && rows.length > 0,
  };
}

/** It is what some callers do. */
const BROKE = 'A stream broke too often';

function logRow({ lines }: GatewayLog): DrillRow {
  const faults = lines.filter((line) => isFault(line) && !line.includes(BROKE));
  const told = lines.filter((line) => /\+1512\d{7}/.test(line));
  return {
    fault: `${lines.length} lines of the log`,
    required: 'no error but that streams broke, and no number',
    seen: `${faults.length} errors ${faults[0]?.slice(0, 200) ?? ''}, ${told.length} numbers`,
    held: faults.length === 0 && told.length === 0,
  };
}

async function query<T extends object>(url: string, text: string, values: readonly unknown[]): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
