import { readFileSync } from 'node:fs';
import type { Result } from 'ioredis';
import type { RedisClient } from '../redis/redis-client.js';
import { keyOf } from '../redis/redis-keys.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** update-session-1.lua */
    updateSession(key: string, expected: string, next: string): Result<number | string, Context>;
    /** save-session-1.lua */
    saveSession(
      key: string,
      endedKey: string,
      expected: string,
      next: string,
      ttlMs: number,
    ): Result<number | string, Context>;
    /** end-session-1.lua */
    endSession(key: string, endedKey: string, endedMs: number): Result<number, Context>;
  }
}

const SCRIPTS = [
  { name: 'updateSession', file: './update-session-1.lua', numberOfKeys: 1 },
  { name: 'saveSession', file: './save-session-1.lua', numberOfKeys: 2 },
  { name: 'endSession', file: './end-session-1.lua', numberOfKeys: 2 },
];
/** What a script answers when it has put the new text in place of the expected one, and when the call is over. */
export const [REPLACED, OVER] = [1, -1];

/** Makes the scripts callable as commands. */
export function defineScripts(client: RedisClient): void {
  for (const { name, file, numberOfKeys } of SCRIPTS) {
    const lua = readFileSync(new URL(file, import.meta.url), 'utf8');
    client.defineCommand(name, { lua, numberOfKeys });
  }
}

/** The one place that makes a session's key. */
export function sessionKey(callSid: string): string {
  return keyOf('session', callSid);
}

/**
 * The mark that a call is over. In a Cluster a script's keys must lie on one node: only what stands in braces counts for that, and
 * here that is the whole key of the session. (A CallSid has no braces; names that have some need a single server.)
 */
export function endedKey(callSid: string): string {
  return keyOf('ended', `{${sessionKey(callSid)}}`);
}
