import type { RedisClient } from '../redis/redis-client.js';
import { KEPT_MS, type OpenTimesCache, type ServiceDay } from './open-times-cache.js';

/** Open times in Redis, one plain JSON string under `availability:{service}:{date}`. */
export class RedisOpenTimesCache implements OpenTimesCache {
  readonly #client: Pick<RedisClient, 'run'>;

  constructor(client: Pick<RedisClient, 'run'>) {
    this.#client = client;
  }

  read(days: readonly ServiceDay[]): Promise<readonly (string | null)[]> {
    // In one packet, but not as one command: in a Cluster these keys are on several nodes.
    return this.#client.run<readonly (string | null)[]>(
      'readOpenTimes',
      (commands) => Promise.all(days.map((each) => commands.get(keyOf(each)))),
      days.map(() => null),
    );
  }

  async write(entries: readonly (ServiceDay & { readonly text: string })[]): Promise<void> {
    await this.#client.run<unknown>(
      'writeOpenTimes',
      (commands) => Promise.all(entries.map((each) => commands.set(keyOf(each), each.text, 'PX', KEPT_MS))),
      undefined,
    );
  }
}

/** The one place that makes such a key. */
function keyOf({ serviceType, day }: ServiceDay): string {
  return `availability:${serviceType}:${day}`;
}
