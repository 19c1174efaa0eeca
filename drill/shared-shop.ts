import type { Redis } from 'ioredis';
import type { Session } from '../src/sessions/session.js';
import { readSession } from '../src/sessions/session-text.js';
import { restoreSession } from '../src/sessions/stored-session.js';
import type { TwilioCall } from '../src/simulator/twilio-call.js';
import { TwilioSimulator } from '../src/simulator/twilio-simulator.js';
import { GatewayProcess } from '../test/support/gateway-process.js';

const PUBLIC_URL = 'http://voice.example.test';
const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
/** Opens the API of a gateway whose public address is not this machine's. */
export const ADMIN_TOKEN = 'the-token-of-the-drills';
/** Callers wait longer than any drill takes. */
const PATIENCE_MS = 60_000;

/** What the gateways of a shop share. */
export type SharedStores = Readonly<Record<'REDIS_URL' | 'DATABASE_URL', string>>;

/** A gateway of a shop that is always open and has a place for every caller. */
export function startInShop(
  stores: SharedStores,
  settings: Readonly<Record<string, string>> = {},
  onLog?: (text: string) => void,
): Promise<GatewayProcess> {
  const own = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, ADMIN_TOKEN };
  const open = { SHOP_BAYS: '100', SHOP_HOURS: 'Mon-Sun 00:00-23:59' };
  return GatewayProcess.start({ ...stores, ...own, ...open, ...settings }, onLog);
}

export function twilioFor(gateway: GatewayProcess): TwilioSimulator {
  return new TwilioSimulator({ gatewayUrl: gateway.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
}

/** Strangers with numbers from `first` on. */
export function callFrom(twilio: TwilioSimulator, first: number, count: number) {
  return Array.from({ length: count }, (_, n): { from: string; call: TwilioCall } => {
    const from = `+1512${first + n}`;
    return { from, call: twilio.call({ from, stir: null, keepAudio: false, patienceMs: PATIENCE_MS }) };
  });
}

/** The session of a call as it stands in Redis; null when there is none. */
export async function storedSession(redis: Redis, callSid: string): Promise<Session | null> {
  const text = await redis.get(`session:${callSid}`);
  return text === null ? null : restoreSession(callSid, readSession(text));
}
