import type { Redis } from 'ioredis';

/** What is known of calls for a while after them, of customers or of open times, and expires by itself. */
const EXPIRES = /^(ended|stream|customer|availability):/;

/** The one key that is to stay: the shop, for gateways that start while the database is away. */
const STAYS = 'shop';

/** The keys in Redis that ought not to be there when no call lives: sessions, and whatever has no time to live. */
export async function leakedKeys(redis: Redis): Promise<string[]> {
  const lives = await timesToLive(redis);
  return [...lives].filter(([key, ms]) => !EXPIRES.test(key) || ms === -1).map(([key]) => key);
}

/** The keys that would stay for ever and ought not to. */
export async function keysWithoutEnd(redis: Redis): Promise<string[]> {
  return [...(await timesToLive(redis))].filter(([, ms]) => ms === -1).map(([key]) => key);
}

/** Each key with what Redis says of its time to live: ms; -1 without one; -2 when it has gone meanwhile. */
async function timesToLive(redis: Redis): Promise<Map<string, number>> {
  const lives = new Map<string, number>();
  for await (const keys of redis.scanStream({ count: 1000 })) {
    const all: string[] = keys;
    const found = all.filter((key) => key !== STAYS);
    const replies = await Promise.all(found.map((key) => redis.pttl(key)));
    for (const [n, key] of found.entries()) lives.set(key, replies[n] ?? -2);
  }
  return lives;
}
