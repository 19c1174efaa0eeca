import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RedisServer } from '../../test/support/redis-server.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import { FIRST_NAME, NUMBER, VIN } from './pii-leak-words.js';

export const FAULT_MS = 2000;
const SPOIL_MS = 250;

/** Each lasts as long as it is looked at, and ends by itself. */
export function faultsOf(
  server: RedisServer,
  redis: Redis,
  way: TcpProxy,
  streamWay: TcpProxy,
): (() => Promise<void>)[] {
  const forAWhile =
    (begin: () => unknown, end: () => unknown = () => undefined) =>
    async () => {
      await begin();
      await pause(FAULT_MS);
      await end();
    };
  const refuse = () => {
    way.refuse();
    way.reset();
  };
  return [
    forAWhile(
      () => redis.config('SET', 'maxmemory', '1'),
      () => redis.config('SET', 'maxmemory', '0'),
    ),
    () => spoilKeys(redis),
    forAWhile(
      () => server.pause(),
      () => server.resume(),
    ),
    forAWhile(
      () => server.kill(),
      () => server.start(),
    ),
    forAWhile(() => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
    forAWhile(() => way.reset()),
    forAWhile(
      () => way.stop(),
      () => way.goOn(),
    ),
    forAWhile(refuse, () => way.accept()),
    forAWhile(() => streamWay.reset()),
  ];
}

/** What stands under the keys of calls and customers is again and again not what was stored, or no text at all. */
async function spoilKeys(redis: Redis): Promise<void> {
  for (let spent = 0; spent < FAULT_MS; spent += SPOIL_MS) {
    for (const [n, key] of (await redis.keys('*')).entries()) {
      await redis.del(key);
      if (n % 2 === 0) await redis.rpush(key, NUMBER, FIRST_NAME);
      else await redis.set(key, `{"caller_phone":"${NUMBER}","${VIN}`);
    }
    await pause(SPOIL_MS);
  }
}
