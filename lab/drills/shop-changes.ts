import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookHistory, type Fates } from './book-history.js';
import { bookByKeys } from './booking-caller.js';
import {
  ADMIN_TOKEN,
  AUTH_TOKEN,
  callFrom,
  PUBLIC_URL,
  redisAt,
  storedSession,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';
import { ShopStaff, type StaffWork } from './shop-staff.js';

/** As many as a shop might see at its worst, and more than this machine can serve: nothing may break then, and nobody be forgotten. */
const CROWDS = [40, 200];
const STAFF = 4;
const SECONDS = Number(process.env.DRILL_SECONDS ?? 60);
const SEEN_WITHIN_MS = 2000;
/** They call one after the other, and again when they are done. */
const FIRST_CALLS_MS = 10_000;

/** Room for everybody, at first. */
const START: Partial<ShopSettings> = {
  hours: 'Mon-Sun 00:00-23:59',
  bays: 40,
  lead_minutes: 0,
  horizon_days: 60,
  slot_minutes: 15,
};

export const topic: Drill = {
  title: `${CROWDS.join(' and then ')} callers and ${STAFF} staff book, move, cancel and change the shop at two gateways for ${SECONDS} s`,
  async drill() {
    const rows: DrillRow[] = [];
    for (const callers of CROWDS) rows.push(...(await drillWith(callers, callers === CROWDS[0])));
    return rows;
  },
};

/** `allServed`: there is time for every caller. */
async function drillWith(crowd: number, allServed: boolean): Promise<DrillRow[]> {
  const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
  const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
  const own = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, ADMIN_TOKEN };
  const gateways = [
    await GatewayProcess.start({ ...stores, ...own }, { onOutput: () => undefined }),
    await GatewayProcess.start({ ...stores, ...own }, { onOutput: () => undefined }),
  ];
  const redis = redisAt(server.url);
  const history = await BookHistory.open(database.url);
  const twilios = gateways.map(twilioFor);
  try {
    const urls = gateways.map(({ url }) => url);
    await new ShopStaff(urls, 0).set(START);
    const until = performance.now() + SECONDS * 1000;
    const staff = Array.from({ length: STAFF }, (_, index) => new ShopStaff(urls, index));
    const look = (callSid: string) => storedSession(redis, callSid);
    const callers = Array.from({ length: crowd }, (_, index) =>
      callAgain({ twilios, delayMs: (index / crowd) * FIRST_CALLS_MS, index, until, look }),
    );
    const [calls, work] = await Promise.all([
      Promise.all(callers),
      Promise.all(staff.map((each) => each.work(until))),
    ]);
    const fates = await history.fates(calls.flatMap(({ callSids }) => callSids));
    return [
      callsRow(crowd, calls, fates, allServed),
      ...workRows(crowd, work, allServed),
      ...(await historyRows(crowd, history)),
    ];
  } finally {
    redis.disconnect();
    await history.close();
    await Promise.all([
      ...gateways.map((gateway) => gateway.kill()),
      ...twilios.map((twilio) => twilio.close()),
    ]);
    await server.stop();
    await database.drop();
  }
}

interface Called {
  readonly callSids: string[];
  readonly problems: string[];
}

interface Caller {
  readonly twilios: readonly TwilioSimulator[];
  readonly delayMs: number;
  readonly index: number;
  readonly until: number;
  readonly look: Parameters<typeof bookByKeys>[1];
}

/** Books by the keys, once after the other, at either gateway. */
async function callAgain({ twilios, delayMs, index, until, look }: Caller): Promise<Called> {
  const result: Called = { callSids: [], problems: [] };
  await pause(delayMs);
  for (let turn = 0; performance.now() < until; turn++) {
    const twilio = twilios[(index + turn) % twilios.length];
    const [caller] = twilio ? callFrom(twilio, 5_000_000 + index * 100 + turn, 1) : [];
    if (!caller) break;
    result.callSids.push(caller.call.callSid);
    const timeKey = String(1 + ((index + turn) % 3));
    result.problems.push(...(await bookByKeys(caller.call, look, { timeKey })));
  }
  return result;
}

function callsRow(crowd: number, calls: readonly Called[], fates: Fates, allServed: boolean): DrillRow {
  const problems = calls.flatMap((each) => each.problems);
  for (const problem of problems.slice(0, 5)) process.stderr.write(`${problem}\n`);
  const { recorded, booked, listed, forgotten } = fates;
  return {
    fault: `${crowd} callers who book by the keys, again and again`,
    required: allServed
      ? 'every call ends with a booking'
      : 'every call ends with a booking, or on the list of call-backs',
    seen: `${recorded} calls: ${booked} booked, ${listed} on the list, ${forgotten} neither; ${problems.length} not as the caller wished`,
    held: recorded > 0 && forgotten === 0 && (!allServed || problems.length === 0),
  };
}

function workRows(crowd: number, work: readonly StaffWork[], allServed: boolean): DrillRow[] {
  const sum = (field: 'written' | 'refused' | 'unavailable' | 'changes') =>
    work.reduce((total, each) => total + each[field], 0);
  const faults = work.flatMap((each) => each.faults);
  for (const fault of faults.slice(0, 5)) process.stderr.write(`${fault}\n`);
  const worst = Math.max(0, ...work.map((each) => each.worstSeenMs));
  const [done, unavailable] = [sum('written'), sum('unavailable')];
  return [
    {
      fault: `${STAFF} staff who book, move and cancel beside ${crowd} callers`,
      required: `each request is done, or refused with a reason${allServed ? '' : ', or told to try again'}`,
      seen: `${done} done, ${sum('refused')} refused, ${unavailable} told to try again, ${faults.length} other answers`,
      held: done > 0 && faults.length === 0 && (!allServed || unavailable === 0),
    },
    {
      fault: `${sum('changes')} changes of settings and closures`,
      required: `seen at the other gateway within ${SEEN_WITHIN_MS / 1000} s`,
      seen: `the latest after ${worst.toFixed(0)} ms`,
      held: sum('changes') > 0 && worst <= SEEN_WITHIN_MS,
    },
  ];
}

async function historyRows(crowd: number, history: BookHistory): Promise<DrillRow[]> {
  const [twice, { checked, revisions, faults }] = [await history.twice(), await history.broken()];
  for (const fault of faults.slice(0, 5)) process.stderr.write(`${fault}\n`);
  return [
    {
      fault: `all of that at once, ${crowd} callers`,
      required: 'no bay twice',
      seen: `${twice} times`,
      held: twice === 0,
    },
    {
      fault: `all of that at once, ${crowd} callers`,
      required: 'no booking and no move breaks a rule that is in force when it is written',
      seen: `${faults.length} of ${checked}, under ${revisions} revisions`,
      held: checked > 0 && faults.length === 0,
    },
  ];
}
