import { readFileSync } from 'node:fs';
import type { RedisCommander, Result } from 'ioredis';
import { refusedCommand, StorageRefusal } from './redis-advice.js';
import { CHANNEL_PATTERNS, KEY_PATTERNS, keyOf, type SingleKey } from './redis-keys.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** check-storage-1.lua */
    checkStorage(key: string, commands: string): Result<Reply, Context>;
  }
}

type Reply = number | [command: string, error: string];

/** The name that no call, customer or stream has. */
const NAME = 'bayline:health';
/** A read of it finds nothing, and every user of a gateway may do it. In a Cluster it says more than PING, which a broken one answers. */
export const PROBE_KEY = keyOf('session', NAME);
/** Eight keys, an eighth of a Cluster's slots apart: each of up to eight equal nodes has one. */
const SPREAD = [2, 12, 3, 13, 0, 10, 1, 11].map((n) => `${PROBE_KEY}:${n}`);
const KEYS = [...SPREAD, ...named(KEY_PATTERNS)];
const HASH: SingleKey = 'finished_calls';
const SET: SingleKey = 'live';
/** It is looked for only: it is the shop's. */
const SHOP: SingleKey = 'shop';
/** To which nobody listens. */
const CHANNELS = named(CHANNEL_PATTERNS);
const TTL_MS = '10000';

/** On a key that nobody ever sees: it is deleted in the same step, or, if that is refused, goes with its time to live. */
const ON_STRING = JSON.stringify([
  ['SET', '1', 'PX', TTL_MS],
  ['SET', '2', 'KEEPTTL'],
  ['GET'],
  ['EXISTS'],
  ['PEXPIRE', TTL_MS],
  ['EXPIRE', '10'],
  ['DEL'],
]);
// A field and a member that nobody ever sees: gone in the same step, and never written where none may be deleted.
const ON_HASH = JSON.stringify([
  ['HDEL', NAME],
  ['HSCAN', '0', 'COUNT', '1'],
  ['HSET', NAME, '1'],
  ['HDEL', NAME],
]);
const ON_SET = JSON.stringify([['SREM', NAME], ['SMEMBERS'], ['SADD', NAME], ['SREM', NAME]]);

const SCRIPT = readFileSync(new URL('./check-storage-1.lua', import.meta.url), 'utf8');

/** What {@link checkStorage} needs to be defined first. */
export const CHECK_SCRIPT = { name: 'checkStorage', lua: SCRIPT, numberOfKeys: 1 };

/**
 * Does once, on keys of its own, whatever a gateway does in Redis: scripts by text and by hash, each command, each kind of key, on the
 * nodes that have them. Rejects with the first refusal, which names the command and the kind of key.
 */
export async function checkStorage(commands: RedisCommander): Promise<void> {
  const checks = KEYS.map((key) => check(key, commands.checkStorage(key, ON_STRING)));
  await Promise.all([
    check(PROBE_KEY, commands.eval(SCRIPT, 1, PROBE_KEY, ON_STRING)),
    ...checks,
    check(HASH, commands.checkStorage(HASH, ON_HASH)),
    check(SET, commands.checkStorage(SET, ON_SET)),
    check(SHOP, commands.exists(SHOP)),
    ...CHANNELS.map((channel) => commands.publish(channel, '')),
  ]);
}

/** Of each pattern that takes any name the key, or channel, with ours. */
function named(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.replace('*', NAME));
}

async function check(key: string, reply: Promise<unknown>): Promise<void> {
  const keys = key.replace(/:.*/, ':*');
  let answer: unknown;
  try {
    answer = await reply;
  } catch (error) {
    const command = refusedCommand(error);
    if (command === undefined || !(error instanceof Error)) throw error;
    throw new StorageRefusal(error.message, command, keys);
  }
  if (!Array.isArray(answer)) return;
  const [command, text] = answer.map(String);
  throw new StorageRefusal(text ?? '', command ?? '', keys);
}
