import type { RedisClient } from '../redis/redis-client.js';
import { keyOf } from '../redis/redis-keys.js';
import { KEPT_MS, type OpenTimesCache, type ServiceDay } from './open-times-cache.js';

/** Open times in Redis, one plain JSON string under `availability:{service}:{date}`. */
export function redisOpenTimesCache(client: Pick<RedisClient, 'run'>): OpenTimesCache {
  return {
    // In one packet, but not as one command: in a Cluster these keys are on several nodes.
    read: (days) =>
      client.run<readonly (string | null)[]>(
        'readOpenTimes',
        (commands) => Promise.all(days.map((each) => commands.get(dayKey(each)))),
        days.map(() => null),
      ),
    async write(entries) {
      await client.run<unknown>(
        'writeOpenTimes',
        (commands) =>
          Promise.all(entries.map((each) => commands.set(dayKey(each), each.text, 'PX', KEPT_MS))),
        undefined,
      );
    },
  };
}

/** The one place that makes such a key. */
function dayKey({ serviceType, day }: ServiceDay): string {
  return keyOf('availability', `${serviceType}:${day}`);
}
