import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RedisClient } from '../redis/redis-client.js';
import { keyOf, type SingleKey } from '../redis/redis-keys.js';
import { sessionKey } from '../sessions/redis-session-scripts.js';
import type { Session } from '../sessions/session.js';
import { readCalls, readStored, writeCalls } from './fleet-messages.js';

/** The set of the gateways that have calls. */
const LIVE: SingleKey = 'live';
/** A gateway that was killed is in no list any more after so long. */
const TTL_MS = 10_000;
/** To read more sessions at once would hold up every call. */
const AT_ONCE = 50;

type Lists = ReadonlyMap<string, readonly string[]>;

/** Which gateway has which calls: in the set `live` the names of the gateways, under `live:{gateway}` the CallSids of each. Nothing rejects. */
export class RedisLiveLists {
  readonly #client: RedisClient;
  readonly #gateway: string;
  #isListed = false;

  constructor(client: RedisClient, gateway: string) {
    this.#client = client;
    this.#gateway = gateway;
  }

  /** This gateway is in the lists, and must be written again before its time to live is over. */
  get isListed(): boolean {
    return this.#isListed;
  }

  async write(callSids: readonly string[]): Promise<void> {
    if (callSids.length === 0 && !this.#isListed) return;
    const hasCalls = callSids.length > 0;
    this.#isListed = hasCalls;
    const [gateway, key] = [this.#gateway, listKey(this.#gateway)];
    await this.#client.run<unknown>(
      'writeLive',
      (commands) =>
        hasCalls
          ? Promise.all([
              commands.set(key, writeCalls(callSids), 'PX', TTL_MS),
              commands.sadd(LIVE, gateway),
              commands.pexpire(LIVE, TTL_MS),
            ])
          : Promise.all([commands.del(key), commands.srem(LIVE, gateway)]),
      null,
    );
  }

  /** The live calls of each other gateway; null when they cannot be told. */
  read(): Promise<Lists | null> {
    return this.#client.run<Lists | null>(
      'readLive',
      async (commands) => {
        const gateways = (await commands.smembers(LIVE)).filter((gateway) => gateway !== this.#gateway);
        const texts = await Promise.all(gateways.map((gateway) => commands.get(listKey(gateway))));
        return new Map(gateways.map((gateway, n) => [gateway, readCalls(texts[n] ?? null)]));
      },
      null,
    );
  }

  /** The sessions of these calls as they are stored; null when they cannot be told. A call that has just ended has none any more. */
  async sessions(callSids: readonly string[]): Promise<Session[] | null> {
    const sessions: Session[] = [];
    for (let from = 0; from < callSids.length; from += AT_ONCE) {
      const some = callSids.slice(from, from + AT_ONCE);
      const texts = await this.#client.run<(string | null)[] | null>(
        'readLive',
        (commands) => Promise.all(some.map((callSid) => commands.get(sessionKey(callSid)))),
        null,
      );
      if (texts === null) return null;
      sessions.push(...texts.flatMap(readStored));
      await nextTurn();
    }
    return sessions;
  }
}

function listKey(gateway: string): string {
  return keyOf('live', gateway);
}
