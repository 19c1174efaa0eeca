import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { GatewayLog, isFatal } from './gateway-log.js';
import { RawCaller } from './raw-caller.js';
import { AUTH_TOKEN, callFrom, PUBLIC_URL, startInShop, twilioFor } from './shared-shop.js';

const CALLS = 10;
const DRAIN_SECONDS = 2;
const EXIT_WITHIN_MS = 5000;
const EXIT_WITHOUT_REDIS_MS = 2000;
const LISTENING_WITHIN_MS = 2000;
/** On a machine that has other work to do. */
const LATER_BY_MS = 200;
const TWIML_WITHIN_MS = 600;

export const topic: Drill = {
  title: 'The end and the beginning of a gateway while Redis, or Redis and PostgreSQL, are stopped',
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL) throw new Error('This needs a PostgreSQL: name one with TEST_DATABASE_URL.');
    const [server, database] = [await RedisServer.start(), await createServerDatabase(TEST_DATABASE_URL)];
    const address = new URL(database.url);
    const proxy = await TcpProxy.listen({ host: address.hostname, port: Number(address.port || 5432) });
    address.host = `127.0.0.1:${proxy.port}`;
    const rig = new Rig(server, proxy, address.href);
    try {
      return [
        await rig.stop('SIGTERM, Redis stopped, calls just ended', { database: false, live: false }),
        await rig.stop('SIGTERM, Redis and PostgreSQL stopped, calls just ended', {
          database: true,
          live: false,
        }),
        await rig.stop('SIGTERM, Redis and PostgreSQL stopped, calls alive', { database: true, live: true }),
        ...(await rig.start()),
      ];
    } finally {
      rig.goOn();
      await server.stop();
      await proxy.close();
      await database.drop();
    }
  },
};

/** A shop whose Redis and database can be stopped. */
class Rig {
  readonly #server: RedisServer;
  readonly #proxy: TcpProxy;
  readonly #stores: { REDIS_URL: string; DATABASE_URL: string };

  constructor(server: RedisServer, proxy: TcpProxy, databaseUrl: string) {
    this.#server = server;
    this.#proxy = proxy;
    this.#stores = { REDIS_URL: server.url, DATABASE_URL: databaseUrl };
  }

  goOn(): void {
    this.#server.resume();
    this.#proxy.goOn();
  }

  async stop(fault: string, what: { database: boolean; live: boolean }): Promise<DrillRow> {
    const log = new GatewayLog(isFatal);
    const settings = { DRAIN_TIMEOUT_SECONDS: String(DRAIN_SECONDS) };
    const gateway = await startInShop(this.#stores, settings, { onOutput: log.onOutput });
    const twilio = twilioFor(gateway);
    const calls = callFrom(twilio, 8_000_000, CALLS).map(({ call }) => call);
    await Promise.all(calls.map((call) => call.untilSpeaking()));
    this.#server.pause();
    if (what.database) this.#proxy.stop();
    if (!what.live) await hangUp(calls);
    const startedAt = performance.now();
    const code = await gateway.stop();
    const ms = performance.now() - startedAt - (what.live ? DRAIN_SECONDS * 1000 : 0);
    this.goOn();
    await twilio.close();
    const limitMs = what.database ? EXIT_WITHIN_MS : EXIT_WITHOUT_REDIS_MS;
    return {
      fault,
      required: `exit 0 within ${limitMs} ms${what.live ? ' of the drain limit' : ''}`,
      seen: `exit ${code} after ${ms.toFixed(0)} ms${log.lines.length > 0 ? `, ${log.lines[0]}` : ''}`,
      held: code === 0 && ms <= limitMs && log.lines.length === 0,
    };
  }

  /** Starts a gateway; gives how long it took to listen. */
  async #listening(): Promise<{ gateway: GatewayProcess; listeningMs: number }> {
    const startedAt = performance.now();
    let listeningMs = Number.POSITIVE_INFINITY;
    const onOutput = (text: string) => {
      if (text.includes('"msg":"listening"')) listeningMs = performance.now() - startedAt;
    };
    const gateway = await startInShop(this.#stores, { TRANSFER_NUMBER: '+15125550190' }, { onOutput });
    return { gateway, listeningMs };
  }

  async start(): Promise<DrillRow[]> {
    const fault = 'Start, Redis and PostgreSQL stopped';
    const healthy = await this.#listening();
    await healthy.gateway.stop();
    this.#server.pause();
    this.#proxy.stop();
    const { gateway, listeningMs } = await this.#listening();
    const ready = await fetch(`${gateway.url}/health/ready`).then((response) => response.json());
    const call = await wholeCall(gateway);
    this.goOn();
    const code = await gateway.stop();
    return [
      {
        fault,
        required: `listening within ${LISTENING_WITHIN_MS} ms, or ${LATER_BY_MS} ms later than with both answering`,
        seen: `${listeningMs.toFixed(0)} ms, ${healthy.listeningMs.toFixed(0)} ms with both`,
        held: listeningMs <= Math.max(LISTENING_WITHIN_MS, healthy.listeningMs + LATER_BY_MS),
      },
      {
        fault,
        required: 'ready, and says that it is degraded',
        seen: JSON.stringify(ready),
        held: JSON.stringify(ready) === '{"status":"degraded","missing":["redis","database"]}',
      },
      {
        fault,
        required: `TwiML within ${TWIML_WITHIN_MS} ms, and a whole call to a person`,
        seen: `${call.twimlMs.toFixed(0)} ms, ${call.outcome}; exit ${code}`,
        held: call.twimlMs <= TWIML_WITHIN_MS && call.outcome === 'dial' && code === 0,
      },
    ];
  }
}

async function hangUp(calls: readonly TwilioCall[]): Promise<void> {
  await Promise.all(calls.map((call) => call.hangUp()));
}

/** A caller who presses keys as far as it goes without a book, and then wants a person. */
async function wholeCall(gateway: GatewayProcess): Promise<{ twimlMs: number; outcome: string | undefined }> {
  const raw = new RawCaller(
    { gatewayUrl: gateway.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN },
    '+15128000100',
  );
  const askedAt = performance.now();
  await raw.ask('/twilio/voice', { CallStatus: 'ringing' });
  const twimlMs = performance.now() - askedAt;
  const call = twilioFor(gateway).call({ from: '+15128000101', stir: null, keepAudio: false });
  for (const key of ['1', '1', '0']) {
    await call.untilSpeaking();
    await pause(300);
    call.press(key);
  }
  const { outcome } = await call.untilEnded();
  return { twimlMs, outcome: outcome?.kind };
}
