import type { RedisClient } from '../redis/redis-client.js';
import type { SingleKey } from '../redis/redis-keys.js';
import type { EndedCall } from './finished-call.js';
import { readUnrecordedCall, type UnrecordedCalls } from './unrecorded-calls.js';

const KEY: SingleKey = 'finished_calls';
/** Longer than a database is away before somebody comes. */
const TTL_SECONDS = 7 * 86_400;
const AT_ONCE = 100;

/** Finished calls in Redis: one hash, by CallSid, each a plain JSON string. */
export function redisUnrecordedCalls(client: RedisClient): UnrecordedCalls {
  // As the last page when Redis fails: what is missing is found the next time.
  const nothing: [next: string, fields: string[]] = ['0', []];
  const page = (cursor: string) =>
    client.run('readFinishedCalls', (commands) => commands.hscan(KEY, cursor, 'COUNT', AT_ONCE), nothing);
  return {
    keep: (call) =>
      client.run(
        'keepFinishedCall',
        async (commands) => {
          await commands.hset(KEY, call.call_sid, JSON.stringify(call));
          return (await commands.expire(KEY, TTL_SECONDS)) === 1;
        },
        false,
      ),
    async forget(callSid) {
      await client.run('forgetFinishedCall', (commands) => commands.hdel(KEY, callSid), 0);
    },
    async all() {
      const found: EndedCall[] = [];
      let cursor = '0';
      do {
        const [next, fields] = await page(cursor);
        const texts = fields.filter((_field, n) => n % 2 === 1);
        found.push(...texts.flatMap((text) => readUnrecordedCall(text) ?? []));
        cursor = next;
      } while (cursor !== '0');
      return found;
    },
  };
}
