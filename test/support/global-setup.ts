import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { findChromium } from '../../tools/inspect/inspect-png.js';
import { compileAll } from './compiled.js';
import { dropSharedDatabases } from './postgres-server.js';
import { canInstall, findProgram, installPackages } from './programs.js';
import { findRedisServer, RedisServer } from './redis-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis that the tests may use: only with keys of their own making, deleted afterwards. */
    redisUrl: string;
  }
}

/**
 * Finds the Redis that the tests run against: TEST_REDIS_URL, else a private server from PATH, else one that is
 * installed first (root on Debian). Returns what stops it again.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.REQUIRE_SERVICES) requireServices();
  compileAll();
  const { TEST_REDIS_URL: given, TEST_DATABASE_URL: databaseServer } = process.env;
  const dropDatabases = async () => {
    if (databaseServer) await dropSharedDatabases(databaseServer);
  };
  if (given) {
    project.provide('redisUrl', given);
    return dropDatabases;
  }
  if (findRedisServer() === null && !(canInstall() && installPackages('redis-server')))
    throw new Error(noRedisFound());
  const server = await RedisServer.start();
  project.provide('redisUrl', server.url);
  return async () => {
    await server.stop();
    await dropDatabases();
  };
}

/** They check what `ops/` and the Caddyfile say. */
const PROGRAMS = ['haproxy', 'caddy', 'promtool', 'systemd-analyze'];

/** In CI no suite may be skipped for want of a service. */
function requireServices(): void {
  const missing = [
    ...(findRedisServer() === null ? ['redis-server on PATH'] : []),
    ...(process.env.TEST_DATABASE_URL ? [] : ['a PostgreSQL at TEST_DATABASE_URL']),
    ...(findChromium(process.env) === null ? ['a Chromium on PATH'] : []),
    ...PROGRAMS.filter((name) => findProgram([name]) === null).map((name) => `${name} on PATH`),
  ];
  if (missing.length > 0)
    throw new Error(
      `REQUIRE_SERVICES is set, and suites would be skipped for want of ${missing.join(', ')}.`,
    );
}

function noRedisFound(): string {
  return `The tests need a real Redis: TEST_REDIS_URL is not set and no redis-server or valkey-server is on PATH. Run: ${helpfulCommand()}`;
}

function helpfulCommand(): string {
  if (process.platform === 'darwin') return 'brew install redis';
  if (existsSync('/usr/bin/apt-get')) return 'sudo apt-get install --yes redis-server';
  return 'docker run --detach --publish 6379:6379 redis:7 && TEST_REDIS_URL=redis://127.0.0.1:6379 npm test';
}
