import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { BOOKING_FAULTS, type BookingFault } from './booking-steps.js';
import { BookingWatch } from './booking-watch.js';
import { BookLook, type Told } from './bookings-told.js';
import {
  callFrom,
  proxyTo,
  redisAt,
  type SharedStores,
  startInShop,
  storedSession,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';

/** How long the step is waited for after the callers have confirmed. */
const STEP_WITHIN_MS = 4000;
const CONFIRM_WITHIN_MS = 45_000;
const CALLS = BOOKING_FAULTS.reduce((sum, { rounds, calls }) => sum + rounds * calls, 0);

/** What became of the callers of one round. */
interface Round {
  readonly reached: number;
  readonly callSids: readonly string[];
  readonly problems: readonly string[];
}

export const topic: Drill = {
  title: `A fault at each step of a booking, ${CALLS} calls, two gateways on one PostgreSQL`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const heir = await startInShop(stores);
    const drill = new BookingDrill(stores, heir);
    try {
      const rows: DrillRow[] = [];
      for (const fault of BOOKING_FAULTS) {
        const row = await drill.run(fault);
        process.stderr.write(`${row.held ? 'held' : 'FAILED'}: ${row.seen}\n`);
        rows.push(row);
      }
      return rows;
    } finally {
      await drill.close();
      await heir.kill();
      await server.stop();
      await database.drop();
    }
  },
};

/** A gateway whose way to PostgreSQL leads through a proxy. */
interface Doomed {
  readonly gateway: GatewayProcess;
  readonly proxy: TcpProxy;
}

class BookingDrill {
  readonly #stores: SharedStores;
  readonly #heir: GatewayProcess;
  readonly #redis: Redis;
  #doomed: Promise<Doomed>;
  #rounds = 0;

  constructor(stores: SharedStores, heir: GatewayProcess) {
    this.#stores = stores;
    this.#heir = heir;
    this.#redis = redisAt(stores.REDIS_URL);
    this.#doomed = this.#start();
  }

  /** The rounds follow each other while the callers of the earlier ones still listen to the other gateway. */
  async run(fault: BookingFault): Promise<DrillRow> {
    const rounds: Promise<Round>[] = [];
    for (let round = 0; round < fault.rounds; round++) {
      const { happened, ended } = await this.#round(fault);
      rounds.push(ended);
      await happened;
      process.stderr.write(`${fault.name}: round ${round + 1} of ${fault.rounds}\n`);
    }
    const all = await Promise.all(rounds);
    const callSids = all.flatMap((round) => round.callSids);
    const told = await BookLook.of(this.#stores.DATABASE_URL, (book) => book.told(callSids));
    return rowOf(fault, all, told);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    const { gateway, proxy } = await this.#doomed;
    await gateway.kill();
    await proxy.close();
  }

  async #start(): Promise<Doomed> {
    const { proxy, url } = await proxyTo(this.#stores.DATABASE_URL);
    return { proxy, gateway: await startInShop({ ...this.#stores, DATABASE_URL: url }) };
  }

  async #round(fault: BookingFault): Promise<{ happened: Promise<unknown>; ended: Promise<Round> }> {
    const { gateway, proxy } = await this.#doomed;
    const next = fault.dies ? this.#start() : this.#doomed;
    const twilio = twilioFor(gateway);
    this.#rounds += 1;
    const calls = callFrom(twilio, 3_000_000 + this.#rounds * 100, fault.calls).map(({ call }) => call);
    const look = (callSid: string) => storedSession(this.#redis, callSid);
    let confirm = () => {};
    const mayConfirm = new Promise<void>((resolve) => {
      confirm = resolve;
    });
    const before = (state: string) => (state === 'confirmation' ? mayConfirm : undefined);
    const habits = { thinkMs: 0, patient: true, before };
    const walks = calls.map((call) => bookByKeys(call, look, habits));
    await this.#untilConfirming(calls);
    const step = watch(proxy, fault);
    confirm();
    await Promise.race([step.reachedAll, pause(STEP_WITHIN_MS)]);
    if (fault.dies) {
      await pause(Math.random() * fault.dies.withinMs);
      twilio.routeTo(this.#heir.url);
      await gateway.kill();
      if (!fault.dies.silently) proxy.reset();
      this.#doomed = next;
    }
    const reached = step.reached();
    const ended = Promise.all(walks).then(async (problems) => {
      await twilio.close();
      if (fault.dies) await proxy.close();
      return { reached, callSids: calls.map(({ callSid }) => callSid), problems: problems.flat() };
    });
    return { happened: fault.dies ? next : ended, ended };
  }

  /** Settles when all wait at the confirmation; says where they are when they are not in time. */
  async #untilConfirming(calls: readonly { callSid: string }[]): Promise<void> {
    let states: (string | undefined)[] = [];
    for (const deadline = performance.now() + CONFIRM_WITHIN_MS; performance.now() < deadline; ) {
      const sessions = await Promise.all(calls.map(({ callSid }) => storedSession(this.#redis, callSid)));
      states = sessions.map((session) => session?.current_state);
      if (states.every((state) => state === 'confirmation')) return;
      await pause(20);
    }
    throw new Error(`The callers did not all come to the confirmation: ${states.join(', ')}.`);
  }
}

function watch(proxy: TcpProxy, { at, act, reached }: BookingFault) {
  let count = 0;
  let arrive = () => {};
  const reachedAll = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  new BookingWatch(proxy, (moment, connection) => {
    // The step of each caller is made once: what follows it, asking again included, goes its way.
    if (moment !== at || count >= reached) return;
    count += 1;
    act(connection);
    if (count === reached) arrive();
  });
  return { reachedAll, reached: () => count };
}

function rowOf(fault: BookingFault, rounds: readonly Round[], told: readonly Told[]): DrillRow {
  const count = (fits: (call: Told) => boolean) => told.filter(fits).length;
  const problems = rounds.flatMap((round) => round.problems);
  const [none, twice] = [count(({ rows }) => rows === 0), count(({ rows }) => rows > 1)];
  const lies = count(({ rows, heardBooked }) => heardBooked && rows === 0);
  const untold = count(({ heardBooked }) => !heardBooked);
  const lastWords = told.find(({ heardBooked }) => !heardBooked)?.lastWords;
  const atStep = rounds.reduce((sum, { reached }) => sum + reached, 0);
  const faults = [
    ...(none ? [`${none} not booked`] : []),
    ...(twice ? [`${twice} twice`] : []),
    ...(lies ? [`${lies} told of a booking that is none`] : []),
    ...(untold ? [`${untold} not told, who last heard: ${lastWords}`] : []),
    ...problems.slice(0, 3),
  ];
  const calls = fault.rounds * fault.calls;
  return {
    fault: fault.name,
    required: 'one row each, each told of it, nobody told without',
    seen: `${calls} calls, ${atStep} at this step: ${faults.length > 0 ? faults.join('; ') : 'all booked once and told'}`,
    held: faults.length === 0 && told.length === calls && atStep === fault.rounds * fault.reached,
  };
}
