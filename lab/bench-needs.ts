import { cpus, platform } from 'node:os';
import { findProgram } from '../test/support/programs.js';
import { findRedisServer } from '../test/support/redis-server.js';
import { findChromium } from '../tools/inspect/inspect-png.js';
import type { BenchEnvironment } from './bench-topic.js';

interface Need {
  readonly what: string;
  /** The topics that cannot do without it. */
  readonly topics: readonly string[];
  readonly isThere: (environment: BenchEnvironment) => boolean;
}

const NEEDS: readonly Need[] = [
  {
    what: 'a PostgreSQL, named with TEST_DATABASE_URL',
    topics: ['analytics', 'availability'],
    isThere: ({ databaseUrl }) => databaseUrl !== undefined,
  },
  {
    what: 'redis-server on PATH, or a Redis named with TEST_REDIS_URL',
    topics: ['session-store', 'availability'],
    isThere: ({ redisUrl }) => redisUrl !== undefined || findRedisServer() !== null,
  },
  {
    what: 'redis-server on PATH',
    topics: ['media', 'talking'],
    isThere: () => findRedisServer() !== null,
  },
  {
    what: 'Linux with two cores, taskset and a C compiler (cc)',
    topics: ['media', 'talking'],
    isThere: () =>
      platform() === 'linux' &&
      cpus().length >= 2 &&
      ['taskset', 'cc'].every((name) => findProgram([name]) !== null),
  },
  {
    what: 'a Chromium on PATH',
    topics: ['front-desk-page'],
    isThere: () => findChromium(process.env) !== null,
  },
];

/** What these topics need and do not find here, a sentence each. A run takes an hour: it is to be known before the first one. */
export function missingNeeds(topics: readonly string[], environment: BenchEnvironment): string[] {
  return NEEDS.flatMap(({ what, topics: needing, isThere }) => {
    const concerned = topics.filter((name) => needing.includes(name));
    return concerned.length === 0 || isThere(environment) ? [] : [`${concerned.join(', ')}: needs ${what}.`];
  });
}
