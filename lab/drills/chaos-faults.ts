import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { RedisServer } from '../../test/support/redis-server.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import { standStill } from './probed-gateway.js';

/** What can be hurt. */
export interface Victims {
  readonly server: RedisServer;
  /** Another connection to that server than the gateway's. */
  readonly redis: Redis;
  /** Between the gateway and its database. */
  readonly databaseWay: TcpProxy;
  /** Between the callers and the gateway. */
  readonly streamWay: TcpProxy;
  readonly gateway: GatewayProcess;
}

const LONGEST_MS = 3000;
const aWhile = () => pause(Math.random() * LONGEST_MS);

/** Each ends by itself and leaves everything as it was, but for what it broke. */
export const FAULTS: Readonly<Record<string, (victims: Victims) => Promise<void>>> = {
  'Redis stands still': async ({ server }) => {
    server.pause();
    await aWhile();
    server.resume();
  },
  'Redis dies and is back empty': async ({ server }) => {
    await server.kill();
    await aWhile();
    await server.start();
  },
  'Redis closes every connection': async ({ redis }) => {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  },
  'the database stands still': async ({ databaseWay }) => {
    databaseWay.stop();
    await aWhile();
    databaseWay.goOn();
  },
  'the database resets every connection': async ({ databaseWay }) => databaseWay.reset(),
  'the database refuses connections': async ({ databaseWay }) => {
    databaseWay.refuse();
    databaseWay.reset();
    await aWhile();
    databaseWay.accept();
  },
  'every stream is reset': async ({ streamWay }) => streamWay.reset(),
  'the network is slow and breaks streams': async ({ streamWay }) => {
    streamWay.setWeather({ latencyMs: 60, jitterMs: 60, resetShare: 0.0005 });
    await aWhile();
    streamWay.setWeather({});
  },
  'the event loop is blocked': async ({ gateway }) => standStill(gateway),
};
