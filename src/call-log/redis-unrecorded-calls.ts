import type { RedisClient } from '../redis/redis-client.js';
import type { EndedCall } from './finished-call.js';
import { readUnrecordedCall, type UnrecordedCalls } from './unrecorded-calls.js';

const KEY = 'finished_calls';
/** Longer than a database is away before somebody comes. */
const TTL_SECONDS = 7 * 86_400;
const AT_ONCE = 100;

/** Finished calls in Redis: one hash, by CallSid, each a plain JSON string. */
export class RedisUnrecordedCalls implements UnrecordedCalls {
  readonly #client: RedisClient;

  constructor(client: RedisClient) {
    this.#client = client;
  }

  keep(call: EndedCall): Promise<boolean> {
    return this.#client.run(
      'keepFinishedCall',
      async (commands) => {
        await commands.hset(KEY, call.call_sid, JSON.stringify(call));
        return (await commands.expire(KEY, TTL_SECONDS)) === 1;
      },
      false,
    );
  }

  async forget(callSid: string): Promise<void> {
    await this.#client.run('forgetFinishedCall', (commands) => commands.hdel(KEY, callSid), 0);
  }

  async all(): Promise<readonly EndedCall[]> {
    const found: EndedCall[] = [];
    let cursor = '0';
    do {
      const [next, fields] = await this.#page(cursor);
      const texts = fields.filter((_field, n) => n % 2 === 1);
      found.push(...texts.flatMap((text) => readUnrecordedCall(text) ?? []));
      cursor = next;
    } while (cursor !== '0');
    return found;
  }

  // As the last page when Redis fails: what is missing is found the next time.
  async #page(cursor: string): Promise<[next: string, fields: string[]]> {
    const nothing: [string, string[]] = ['0', []];
    return this.#client.run(
      'readFinishedCalls',
      (commands) => commands.hscan(KEY, cursor, 'COUNT', AT_ONCE),
      nothing,
    );
  }
}
