import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { freePort, RedisServer } from '../../test/support/redis-server.js';
import type { Gateways } from '../../test/support/shipped-haproxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookLook, type Told } from './bookings-told.js';
import { silenceOf } from './call-fate.js';
import { Balancer } from './rolling-restart-balancer.js';
import { Callers } from './rolling-restart-callers.js';
import { NameServer } from './rolling-restart-names.js';
import { addressesIn, Replicas, type RestartTimes } from './rolling-restart-replicas.js';
import { AUTH_TOKEN, redisAt, type SharedStores, testDatabaseUrl } from './shared-shop.js';

const CALLS = 100;
const HAND_OVER_SECONDS = 10;
const AUDIO_WITHIN_MS = 3000;

export const topic: Drill = {
  title: `Four gateways behind the shipped Caddy and HAProxy, with TLS, restarted one after the other under ${CALLS} calls and new ones`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    try {
      const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
      return [...(await withTime(stores)), ...(await handedOver(stores))];
    } finally {
      await server.stop();
      await database.drop();
    }
  },
};

/** What came of one rolling restart. */
interface Restarted extends RestartTimes {
  readonly callers: Callers;
  /** Calls that were under way when the first gateway was told to end. */
  readonly underWay: number;
  readonly brokenByReload: number;
  readonly booked: readonly number[];
  readonly told: readonly Told[];
}

/** As in containers: the replicas are found by name, and their calls have the time they need. */
async function withTime(stores: SharedStores): Promise<DrillRow[]> {
  const fault = 'docker-compose.yml, 600 s to finish';
  const restarted = await restartAll(stores, { first: 6_400_000, file: 'compose.cfg', settings: {} });
  const broken = restarted.callers.brokenStreams;
  return [
    row(fault, 'each call ends at the gateway where it began', `${broken} streams broke`, broken === 0),
    ...rowsOf(fault, restarted),
  ];
}

/** As on one machine, with calls that are longer than a gateway waits for them. */
async function handedOver(stores: SharedStores): Promise<DrillRow[]> {
  const fault = `bayline@.service, ${HAND_OVER_SECONDS} s to finish`;
  const settings = { DRAIN_TIMEOUT_SECONDS: String(HAND_OVER_SECONDS) };
  const restarted = await restartAll(stores, { first: 6_500_000, file: 'machine.cfg', settings });
  const { callers, brokenByReload } = restarted;
  const silences = callers.all.flatMap(({ call }) =>
    isBroken(call) ? (silenceOf(call).silenceMs ?? []) : [],
  );
  silences.sort((a, b) => a - b);
  const worst = silences.at(-1) ?? Number.POSITIVE_INFINITY;
  return [
    row(
      'HAProxy is reloaded before',
      'no stream breaks',
      `${brokenByReload} of ${CALLS} broke`,
      brokenByReload === 0,
    ),
    row(
      fault,
      `who is still on the line hears the agent at another gateway within ${AUDIO_WITHIN_MS} ms`,
      `${silences.length} calls, median ${silences[silences.length >> 1]?.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
      worst <= AUDIO_WITHIN_MS,
    ),
    ...rowsOf(fault, restarted),
  ];
}

interface Scene {
  /** The number of the first caller. */
  readonly first: number;
  readonly file: Gateways['file'];
  readonly settings: Readonly<Record<string, string>>;
}

async function restartAll(stores: SharedStores, { first, file, settings }: Scene): Promise<Restarted> {
  const balancer = await Balancer.prepare();
  const { publicUrl, ca } = balancer;
  const names = await NameServer.listen();
  const shop = new Replicas(names, { stores, port: await freePort(), publicUrl, settings });
  const redis = redisAt(stores.REDIS_URL);
  try {
    await shop.start();
    await balancer.start({ file, addresses: addressesIn(file, shop.port, names.port) });
    const twilio = new TwilioSimulator({ gatewayUrl: publicUrl, authToken: AUTH_TOKEN, ca });
    const callers = new Callers(twilio, redis, first);
    await callers.begin(CALLS);
    // A real name server is asked by the system too, before the first packet: ours is known to HAProxy alone.
    if (file === 'machine.cfg') await balancer.reload();
    const [brokenByReload, underWay] = [callers.brokenStreams, callers.live];
    const times = await shop.restartEach();
    await callers.end();
    const callSids = callers.all.map(({ call }) => call.callSid);
    return await BookLook.of(stores.DATABASE_URL, async (book) => {
      const [told, booked] = [await book.told(callSids), await book.booked(callSids)];
      return { callers, underWay, brokenByReload, booked, told, ...times };
    });
  } finally {
    redis.disconnect();
    await balancer.stop();
    await shop.stop();
    names.close();
  }
}

function rowsOf(fault: string, restarted: Restarted): DrillRow[] {
  const { callers, exitCodes, underWay, slowestMs, allMs } = restarted;
  const problems = callers.all.flatMap((caller) => caller.problems);
  const { length } = callers.all;
  const records = callers.all.map(({ call }) => call.record);
  const refused = records.filter(({ documents: [first = ''] }) => !first.includes('<Connect'));
  const otherwise = records.filter(({ said, outcome }) => said.length > 0 || outcome?.kind !== 'hangup');
  const failed = records.flatMap(({ protocolErrors }) => protocolErrors);
  return [
    row(
      fault,
      'no call lost: each goes on to its booking',
      problems.slice(0, 3).join('; ') || `${length} of ${length}, ${underWay} under way at the first SIGTERM`,
      problems.length === 0 && underWay >= CALLS,
    ),
    row(
      fault,
      'no new call refused, put through or told to wait',
      `${refused.length} refused, ${otherwise.length} told otherwise, of ${length}`,
      refused.length + otherwise.length === 0,
    ),
    ...bookingRows(fault, restarted),
    row(
      fault,
      'every callback is answered, no message breaks the protocol',
      failed
        .slice(0, 3)
        .map(({ message }) => message)
        .join('; ') || `none of ${length} calls`,
      failed.length === 0,
    ),
    row(
      fault,
      'all gateways exit 0',
      `exit ${exitCodes.join(', ')}; ${seconds(slowestMs)} s at most for one, ${seconds(allMs)} s for all`,
      exitCodes.every((code) => code === 0),
    ),
  ];
}

function bookingRows(fault: string, { callers, booked, told }: Restarted): DrillRow[] {
  const { length } = callers.all;
  const lacking = told.find(({ heardBooked }) => !heardBooked);
  const once = booked.filter((rows) => rows === 1).length;
  return [
    row(
      fault,
      'each booked once',
      `${once} once, ${booked.filter((rows) => rows > 1).length} twice`,
      once === length,
    ),
    row(
      fault,
      'each is in the call log with the words of its booking, whichever gateway answered last',
      lacking ? `one lacks them: … ${lacking.lastWords}` : `${told.length} of ${length}`,
      !lacking && told.length === length,
    ),
  ];
}

/** The call went on with another stream. */
function isBroken({ record }: TwilioCall): boolean {
  return record.of('stream-started').length > 1;
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);

function row(fault: string, required: string, seen: string, held: boolean): DrillRow {
  return { fault, required, seen, held };
}
