import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { readSession } from '../../src/sessions/session-text.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { GatewayProcess, type ProcessOptions } from '../../test/support/gateway-process.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';

export const PUBLIC_URL = 'http://voice.example.test';
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
/** Opens the API of a gateway whose public address is not this machine's. */
export const ADMIN_TOKEN = 'the-token-of-the-drills';
/** Callers wait longer than any drill takes. */
const PATIENCE_MS = 60_000;

/** What the gateways of a shop share. */
export type SharedStores = Readonly<Record<'REDIS_URL' | 'DATABASE_URL', string>>;

/** A gateway of a shop that is always open and has a place for every caller. */
export function startInShop(
  stores: Partial<SharedStores>,
  settings: Readonly<Record<string, string>> = {},
  options: ProcessOptions = {},
): Promise<GatewayProcess> {
  const own = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, ADMIN_TOKEN };
  const open = { SHOP_BAYS: '100', SHOP_HOURS: 'Mon-Sun 00:00-23:59' };
  return GatewayProcess.start({ ...stores, ...own, ...open, ...settings }, options);
}

export function twilioFor(gateway: { readonly url: string }): TwilioSimulator {
  return new TwilioSimulator({ gatewayUrl: gateway.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
}

/** The PostgreSQL that both gateways of a drill share; rejects with a clear sentence when there is none. */
export function testDatabaseUrl(): string {
  const { TEST_DATABASE_URL } = process.env;
  if (TEST_DATABASE_URL) return TEST_DATABASE_URL;
  throw new Error('This drill needs a PostgreSQL: name one with TEST_DATABASE_URL.');
}

/** A way to this database on which faults can be made, and the URL that leads through it. */
export async function proxyTo(databaseUrl: string): Promise<{ proxy: TcpProxy; url: string }> {
  const url = new URL(databaseUrl);
  const proxy = await TcpProxy.listen({ host: url.hostname, port: Number(url.port) || 5432 });
  url.host = `127.0.0.1:${proxy.port}`;
  return { proxy, url: url.href };
}

/** Strangers with numbers from `first` on, which are attested: they book without limits. */
export function callFrom(twilio: TwilioSimulator, first: number, count: number) {
  return Array.from({ length: count }, (_, n): { from: string; call: TwilioCall } => {
    const from = `+1512${first + n}`;
    return { from, call: twilio.call({ from, keepAudio: false, patienceMs: PATIENCE_MS }) };
  });
}

/** A look into the shop's Redis, past every gateway; a drill that has failed may have taken it away already. */
export function redisAt(url: string): Redis {
  return new Redis(url).on('error', () => {});
}

/** The session of a call as it stands in Redis; null when there is none, or no Redis. */
export async function storedSession(redis: Redis, callSid: string): Promise<Session | null> {
  const text = await redis.get(`session:${callSid}`).catch(() => null);
  return text === null ? null : restoreSession(callSid, readSession(text));
}
