import { Redis } from 'ioredis';
import type { RedisConnection } from './redis-connection.js';

/**
 * Lets the commands of one turn of the event loop leave in one system call, which costs more than all else about a
 * command. Unlike ioredis' auto-pipelining it changes nothing about order, timeouts or errors.
 */
export class Corker {
  #corked = false;

  /** A Cluster has a socket per node: its commands leave one by one. */
  cork(connection: RedisConnection): void {
    if (this.#corked || !(connection instanceof Redis)) return;
    const { stream } = connection;
    this.#corked = true;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }
}
