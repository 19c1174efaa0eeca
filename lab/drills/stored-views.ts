import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { readSession } from '../../src/sessions/session-text.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { liveSessions } from './gateway-views.js';

/**
 * How long it took (ms) until each live session of a gateway was stored as it lives, and no other was; null: longer than
 * `withinMs`. Sessions that change meanwhile are looked at again.
 */
export async function untilStoredAsLive(
  redis: Redis,
  gatewayUrl: string,
  withinMs: number,
): Promise<number | null> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < withinMs) {
    if (await isStoredAsLive(redis, gatewayUrl)) return performance.now() - startedAt;
    await pause(25);
  }
  return null;
}

async function isStoredAsLive(redis: Redis, gatewayUrl: string): Promise<boolean> {
  const live = await liveSessions(gatewayUrl);
  const keys = [...live.keys()].map((callSid) => `session:${callSid}`);
  const stored = await redis.keys('session:*');
  if (stored.length !== keys.length) return false;
  const texts = keys.length > 0 ? await redis.mget(keys) : [];
  return [...live].every(([callSid, session], n) => {
    const text = texts[n];
    if (!text) return false;
    const kept = restoreSession(callSid, readSession(text));
    return JSON.stringify({ ...session, last_updated: '' }) === JSON.stringify({ ...kept, last_updated: '' });
  });
}
