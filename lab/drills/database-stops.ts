import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookLook, type HeardTurn } from './bookings-told.js';
import {
  callFrom,
  proxyTo,
  type SharedStores,
  startInShop,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';

const CALLS = 20;
/** So many of them ask to be called back, the others hang up. */
const CALLBACKS = 15;
const TOLD_WITHIN_MS = 2000;
const SLACK_MS = 300;
const BACK_WITHIN_MS = 15_000;
const KILLED_CALLS = 5;
/** By then a gateway has found out that the database does not take its finished calls. */
const TRIED_WITHIN_MS = 2500;
const SLOWER_BY_MS = 50;
const TOLD = 'I cannot reach';

interface Fault {
  readonly name: string;
  begin(proxy: TcpProxy): void;
  end(proxy: TcpProxy): void;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'PostgreSQL stands still',
    begin: (proxy) => proxy.stop(),
    end: (proxy) => proxy.goOn(),
  },
  {
    name: 'PostgreSQL is 5 s late',
    begin: (proxy) => proxy.setWeather({ latencyMs: 5000 }),
    end: (proxy) => proxy.setWeather({}),
  },
  {
    name: 'PostgreSQL refuses',
    begin: (proxy) => {
      proxy.refuse();
      proxy.reset();
    },
    end: (proxy) => proxy.accept(),
  },
];

export const topic: Drill = {
  title: `PostgreSQL under ${CALLS} live calls: told, called back, and healthy again`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const { proxy, url } = await proxyTo(database.url);
    const gateway = await startInShop({ REDIS_URL: server.url, DATABASE_URL: url });
    const drill = new DatabaseDrill(gateway, proxy, database.url);
    try {
      const rows: DrillRow[] = [];
      for (const fault of FAULTS) rows.push(...(await drill.run(fault)));
      rows.push(await killedMeanwhile({ REDIS_URL: server.url, DATABASE_URL: url }, proxy, database.url));
      return rows;
    } finally {
      for (const fault of FAULTS) fault.end(proxy);
      await gateway.kill();
      await proxy.close();
      await server.stop();
      await database.drop();
    }
  },
};

class DatabaseDrill {
  readonly #gateway: GatewayProcess;
  readonly #proxy: TcpProxy;
  readonly #databaseUrl: string;
  #numbers = 2_000_000;

  constructor(gateway: GatewayProcess, proxy: TcpProxy, databaseUrl: string) {
    this.#gateway = gateway;
    this.#proxy = proxy;
    this.#databaseUrl = databaseUrl;
  }

  async run({ name, begin, end }: Fault): Promise<DrillRow[]> {
    const twilio = twilioFor(this.#gateway);
    this.#numbers += 1000;
    const calls = callFrom(twilio, this.#numbers, CALLS).map(({ call }) => call);
    await Promise.all(calls.map((call) => call.untilSpeaking()));
    const before = await this.#answerTimes(1500);
    for (const call of calls) call.press('1');
    await Promise.all(calls.map((call) => call.untilSpeaking()));
    begin(this.#proxy);
    for (const call of calls) call.press('1');
    const during = await this.#answerTimes(TOLD_WITHIN_MS + 1500);
    const alive = calls.filter(({ state }) => state === 'streaming').length;
    const gaps = calls.reduce((sum, { record }) => sum + record.gaps.length, 0);
    await Promise.all(calls.map((call, n) => (n < CALLBACKS ? askCallback(call) : call.hangUp())));
    end(this.#proxy);
    const backAt = performance.now();
    const outcomes = await this.#outcomes(calls);
    const storedMs = performance.now() - backAt;
    const readyMs = await this.#untilReady(backAt);
    await twilio.close();
    const told = await this.#toldAfter(calls);
    const worst = Math.max(...told);
    const askedBack = outcomes.filter((outcome) => outcome === 'callback_requested').length;
    const row = (required: string, seen: string, held: boolean) => ({ fault: name, required, seen, held });
    return [
      row(
        `told within ${TOLD_WITHIN_MS} ms of the key`,
        `${told.length} of ${CALLS}, median ${median(told).toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
        told.length === CALLS && worst <= TOLD_WITHIN_MS + SLACK_MS,
      ),
      row('no call ends', `${alive} of ${CALLS} alive`, alive === CALLS),
      row(
        `call-backs and finished calls stored within ${BACK_WITHIN_MS / 1000} s of its return`,
        `${outcomes.length} of ${CALLS} calls, ${askedBack} of ${CALLBACKS} call-backs after ${storedMs.toFixed(0)} ms`,
        outcomes.length === CALLS && askedBack === CALLBACKS && storedMs <= BACK_WITHIN_MS,
      ),
      row('ready again, all well', `after ${readyMs.toFixed(0)} ms`, readyMs <= BACK_WITHIN_MS),
      row(
        `event loop and audio unharmed: /health at most ${SLOWER_BY_MS} ms above the same run's baseline, no gap`,
        `p99 ${p99(during).toFixed(0)} ms, ${p99(before).toFixed(0)} ms before; ${gaps} gaps`,
        p99(during) <= p99(before) + SLOWER_BY_MS && gaps === 0,
      ),
    ];
  }

  /** How long /health takes to answer, for so many ms. */
  async #answerTimes(forMs: number): Promise<number[]> {
    const times: number[] = [];
    for (const until = performance.now() + forMs; performance.now() < until; await pause(20)) {
      const askedAt = performance.now();
      await fetch(`${this.#gateway.url}/health`).then((response) => response.text());
      times.push(performance.now() - askedAt);
    }
    return times;
  }

  async #outcomes(calls: readonly TwilioCall[]): Promise<string[]> {
    const callSids = calls.map(({ callSid }) => callSid);
    const told = await BookLook.of(this.#databaseUrl, (book) => book.told(callSids));
    return told.map(({ outcome }) => outcome);
  }

  /** From the key to the first of the words, for each who heard them. */
  async #toldAfter(calls: readonly TwilioCall[]): Promise<number[]> {
    const callSids = calls.map(({ callSid }) => callSid);
    const all = await BookLook.of(this.#databaseUrl, (book) => book.turns(callSids));
    return all.flatMap((turns) => toldAfter(turns) ?? []);
  }

  async #untilReady(since: number): Promise<number> {
    while (performance.now() - since < 2 * BACK_WITHIN_MS) {
      const response = await fetch(`${this.#gateway.url}/health/ready`);
      if (response.ok && JSON.stringify(await response.json()).includes('"ok"')) break;
      await pause(25);
    }
    return performance.now() - since;
  }
}

/** The gateway that promised the call-backs does not live to see the database again. */
async function killedMeanwhile(
  stores: SharedStores,
  proxy: TcpProxy,
  databaseUrl: string,
): Promise<DrillRow> {
  const doomed = await startInShop(stores);
  const twilio = twilioFor(doomed);
  const calls = callFrom(twilio, 2_900_000, KILLED_CALLS).map(({ call }) => call);
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  for (const call of calls) call.press('1');
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  proxy.stop();
  for (const call of calls) call.press('1');
  await pause(TOLD_WITHIN_MS + 1500);
  await Promise.all(calls.map(askCallback));
  await pause(TRIED_WITHIN_MS);
  await doomed.kill();
  proxy.goOn();
  const heir = await startInShop(stores);
  const startedAt = performance.now();
  const callSids = calls.map(({ callSid }) => callSid);
  const told = await BookLook.of(databaseUrl, (book) => book.told(callSids));
  const ms = performance.now() - startedAt;
  const askedBack = told.filter(({ outcome }) => outcome === 'callback_requested').length;
  await twilio.close();
  await heir.kill();
  return {
    fault: 'PostgreSQL stands still, the gateway is killed, both are back',
    required: 'the call-backs that it had promised are stored by the next gateway',
    seen: `${askedBack} of ${KILLED_CALLS} within ${ms.toFixed(0)} ms of its being ready`,
    held: askedBack === KILLED_CALLS,
  };
}

/** Returns when the agent has promised it, heard that the car drives, and ended the call. */
async function askCallback(call: TwilioCall): Promise<void> {
  call.press('2');
  await call.untilSpoken();
  call.press('2');
  await call.untilEnded();
}

function toldAfter(turns: readonly HeardTurn[]): number | null {
  const at = turns.findIndex(({ content }) => content.startsWith(TOLD));
  const key = turns.slice(0, Math.max(0, at)).findLast(({ role }) => role === 'user');
  const told = turns[at];
  return told && key ? Date.parse(told.timestamp) - Date.parse(key.timestamp) : null;
}

function p99(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}
