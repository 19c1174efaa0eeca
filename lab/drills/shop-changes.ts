import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookHistory } from './book-history.js';
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

const CALLERS = Number(process.env.DRILL_CALLERS ?? 200);
const STAFF = 4;
const SECONDS = Number(process.env.DRILL_SECONDS ?? 60);
const SEEN_WITHIN_MS = 2000;
/** They call one after the other, and again when they are done. */
const FIRST_CALLS_MS = 10_000;

/** Room for everybody, at first. */
const START: Partial<ShopSettings> = {
  hours: 'Mon-Sun 00:00-23:59',
  bays: 12,
  lead_minutes: 0,
  horizon_days: 60,
  slot_minutes: 15,
};

export const topic: Drill = {
  title: `${CALLERS} callers and ${STAFF} staff book, move, cancel and change the shop at two gateways for ${SECONDS} s`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const own = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, ADMIN_TOKEN };
    const gateways = [
      await GatewayProcess.start({ ...stores, ...own }),
      await GatewayProcess.start({ ...stores, ...own }),
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
      const callers = Array.from({ length: CALLERS }, (_, index) => callAgain(twilios, index, until, look));
      const [calls, work] = await Promise.all([
        Promise.all(callers),
        Promise.all(staff.map((each) => each.work(until))),
      ]);
      return [callsRow(calls), ...workRows(work), ...(await historyRows(history))];
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
  },
};

interface Called {
  booked: number;
  problems: string[];
}

/** Books by the keys, once after the other, at either gateway. */
async function callAgain(
  twilios: readonly TwilioSimulator[],
  index: number,
  until: number,
  look: Parameters<typeof bookByKeys>[1],
): Promise<Called> {
  const result: Called = { booked: 0, problems: [] };
  await pause((index / CALLERS) * FIRST_CALLS_MS);
  for (let turn = 0; performance.now() < until; turn++) {
    const twilio = twilios[(index + turn) % twilios.length];
    const [caller] = twilio ? callFrom(twilio, 5_000_000 + index * 100 + turn, 1) : [];
    if (!caller) break;
    const problems = await bookByKeys(caller.call, look, { timeKey: String(1 + ((index + turn) % 3)) });
    if (problems.length === 0) result.booked += 1;
    result.problems.push(...problems);
  }
  return result;
}

function callsRow(calls: readonly Called[]): DrillRow {
  const booked = calls.reduce((sum, each) => sum + each.booked, 0);
  const problems = calls.flatMap((each) => each.problems);
  for (const problem of problems.slice(0, 5)) process.stderr.write(`${problem}\n`);
  return {
    fault: `${CALLERS} callers who book by the keys, again and again`,
    required: 'every call ends with a booking',
    seen: `${booked} booked, ${problems.length} calls did not`,
    held: booked > 0 && problems.length === 0,
  };
}

function workRows(work: readonly StaffWork[]): DrillRow[] {
  const sum = (field: 'written' | 'refused' | 'changes') =>
    work.reduce((total, each) => total + each[field], 0);
  const faults = work.flatMap((each) => each.faults);
  for (const fault of faults.slice(0, 5)) process.stderr.write(`${fault}\n`);
  const worst = Math.max(0, ...work.map((each) => each.worstSeenMs));
  return [
    {
      fault: `${STAFF} staff who book, move and cancel`,
      required: 'each request is done, or refused with a reason',
      seen: `${sum('written')} done, ${sum('refused')} refused, ${faults.length} other answers`,
      held: sum('written') > 0 && faults.length === 0,
    },
    {
      fault: `${sum('changes')} changes of settings and closures`,
      required: `seen at the other gateway within ${SEEN_WITHIN_MS / 1000} s`,
      seen: `the latest after ${worst.toFixed(0)} ms`,
      held: sum('changes') > 0 && worst <= SEEN_WITHIN_MS,
    },
  ];
}

async function historyRows(history: BookHistory): Promise<DrillRow[]> {
  const [twice, { checked, revisions, faults }] = [await history.twice(), await history.broken()];
  for (const fault of faults.slice(0, 5)) process.stderr.write(`${fault}\n`);
  return [
    { fault: 'all of that at once', required: 'no bay twice', seen: `${twice} times`, held: twice === 0 },
    {
      fault: 'all of that at once',
      required: 'no booking and no move breaks a rule that is in force when it is written',
      seen: `${faults.length} of ${checked}, under ${revisions} revisions`,
      held: checked > 0 && faults.length === 0,
    },
  ];
}
