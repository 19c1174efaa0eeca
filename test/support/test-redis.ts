import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { findRedisServer } from './redis-server.js';

/** Whether fault tests can start a server of their own; without one they are skipped, aloud. */
export const canStartRedis = findRedisServer() !== null;

/** A CallSid that no other test uses: that is what keeps test files apart on a shared Redis. */
export function randomCallSid(): string {
  return `CA${randomBytes(16).toString('hex')}`;
}

/** A number from the range kept for fiction, with random further digits so that tests do not meet. */
export function randomPhone(): string {
  return `+1555${randomBytes(5).readUIntBE(0, 5).toString().padStart(13, '0').slice(-10)}`;
}

/** A plain connection to the tests' Redis, to look at what stands there. The caller disconnects it. */
export function connectTestRedis(url: string = inject('redisUrl')): Redis {
  return new Redis(url);
}

/** Deletes what the tests wrote under these CallSids and phone numbers. */
export async function removeKeys(redis: Redis, callSids: Iterable<string>, phones: Iterable<string> = []) {
  const keys = [...callSids].map((sid) => `session:${sid}`);
  for (const phone of phones) keys.push(`customer:${phone}`);
  if (keys.length > 0) await redis.del(...keys);
}
