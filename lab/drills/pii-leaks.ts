import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { FAULT_MS, faultsOf } from './pii-leak-faults.js';
import { refusedInputs } from './pii-leak-inputs.js';
import { Places } from './pii-leak-places.js';
import { talkedCanaries } from './pii-leak-talk.js';
import * as canary from './pii-leak-words.js';
import { PUBLIC_URL, startInShop } from './shared-shop.js';

const CALLS = 8;
/** The kinds of Redis' faults that the drill makes. */
const EXPECTED = ['OOM', 'WRONGTYPE', 'connection', 'timeout'];
const KEY_MS = 150;
/** Fewer than the calls that one number without attestation may have at once: one that has just ended may still count. */
const STRANGERS = 2;

export const topic: Drill = {
  title: 'Canaries: numbers, names, keys, tokens and secrets through faults of every kind',
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL) throw new Error('This needs a PostgreSQL: name one with TEST_DATABASE_URL.');
    const server = await RedisServer.start(['--requirepass', canary.REDIS_PASSWORD]);
    const database = await createServerDatabase(TEST_DATABASE_URL);
    const address = new URL(database.url);
    const way = await TcpProxy.listen({ host: address.hostname, port: Number(address.port || 5432) });
    Object.assign(address, { host: `127.0.0.1:${way.port}`, password: canary.DATABASE_PASSWORD });
    try {
      const rows: DrillRow[] = [];
      for (const level of ['info', 'trace']) {
        rows.push(...(await run(level, server, way, address.href)));
        rows.push(...(await talkedCanaries(level)));
      }
      return rows;
    } finally {
      await server.stop();
      await way.close();
      await database.drop();
    }
  },
};

async function run(
  level: string,
  server: RedisServer,
  way: TcpProxy,
  databaseUrl: string,
): Promise<DrillRow[]> {
  const { AUTH_TOKEN, ADMIN_TOKEN, REDIS_PASSWORD } = canary;
  const redisUrl = server.url.replace('//', `//:${REDIS_PASSWORD}@`);
  const stores = { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
  const places = new Places();
  const settings = {
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    ADMIN_TOKEN,
    LOG_LEVEL: level,
    TRANSFER_NUMBER: '+15125550190',
  };
  const gateway = await startInShop(stores, settings, { onOutput: places.log.onOutput });
  const streamWay = await TcpProxy.listen({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) });
  const line = {
    gatewayUrl: `http://127.0.0.1:${streamWay.port}`,
    publicUrl: PUBLIC_URL,
    authToken: AUTH_TOKEN,
  };
  const twilio = new TwilioSimulator(line);
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const over = new AbortController();
  await places.write(gateway);
  const tokens: string[] = [];
  const calling = Array.from({ length: CALLS }, (_, n) => keepCalling(twilio, n, tokens, over.signal));
  while (places.log.lines.filter((line) => line.includes('Call started')).length < CALLS) await pause(KEY_MS);
  for (const fault of faultsOf(server, redis, way, streamWay)) {
    await Promise.all([fault(), places.watch(gateway, redis, FAULT_MS), places.write(gateway)]);
    await pause(FAULT_MS / 2);
  }
  places.errorBodies.push(...(await refusedInputs(line)));
  await places.watch(gateway, redis, 1);
  over.abort();
  server.pause();
  await gateway.stop();
  server.resume();
  await Promise.all(calling);
  await twilio.close();
  await streamWay.close();
  redis.disconnect();
  return rowsOf(level, places, canary.canaries(tokens));
}

/** The known customer and strangers call again and again, and press their digits. */
async function keepCalling(
  twilio: TwilioSimulator,
  n: number,
  tokens: string[],
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const isStranger = n % 2 === 1 && n < 2 * STRANGERS;
    const [from, stir] = isStranger ? [canary.STRANGER, null] : [canary.NUMBER, 'A'];
    const call = twilio.call({ from, stir, keepAudio: false });
    await call.untilSpeaking().catch(() => undefined);
    for (const digit of n % 4 < 2 ? `1111${canary.DIGITS}` : canary.DIGITS) {
      await press(call, digit);
      if (n % 4 < 2) await pause(4 * KEY_MS);
    }
    const { documents } = await call.hangUp();
    for (const document of documents)
      tokens.push(...(/\/twilio\/media\/([\w-]+)/.exec(document)?.slice(1) ?? []));
  }
}

async function press(call: TwilioCall, digit: string): Promise<void> {
  if (call.state === 'streaming') call.press(digit);
  await pause(KEY_MS);
}

function rowsOf(level: string, places: Places, all: canary.Canaries): DrillRow[] {
  const row = (place: string, texts: readonly string[]): DrillRow => {
    const hits = texts.flatMap((text) => canary.found(text, all));
    const kinds = Object.keys(all).length;
    return {
      fault: `Faults and malformed input, log level ${level}`,
      required: `no canary of ${kinds} kinds in ${place}`,
      seen: `${hits.length} in ${texts.length}${hits.length > 0 ? `: ${hits.slice(0, 3).join(' | ')}` : ''}`,
      held: hits.length === 0 && texts.length > 0,
    };
  };
  return [
    faultsRow(level, places.log.lines),
    row('the lines of the gateway', places.log.lines),
    row('error bodies', places.errorBodies),
    row('metrics', places.metrics),
    row('names of keys, but for customer:{phone}', [...places.keys]),
  ];
}

/** A fault that did not come about shows nothing. */
function faultsRow(level: string, lines: readonly string[]): DrillRow {
  const kinds = new Set(lines.flatMap((line) => /"kind":"(\w+)"/.exec(line)?.slice(1) ?? []));
  const missing = EXPECTED.filter((kind) => !kinds.has(kind));
  const isDatabaseHurt = lines.some((line) => line.includes('The database gave no answer'));
  return {
    fault: `Faults and malformed input, log level ${level}`,
    required: `Redis' faults (${EXPECTED.join(', ')}) and the database's are in the log`,
    seen: `${[...kinds].join(', ')}; ${isDatabaseHurt ? 'and' : 'but not'} the database's`,
    held: missing.length === 0 && isDatabaseHurt,
  };
}
