import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './programs.js';

const SERVER_NAMES = ['redis-server', 'valkey-server'];
const START_TIMEOUT_MS = 20_000;
// The one below is a port that `fetch` refuses.
const [LOWEST_PORT, PORTS] = [10_081, 11_900];

/** The first `redis-server` or `valkey-server` on PATH, or `null` when there is none. */
export function findRedisServer(): string | null {
  return findProgram(SERVER_NAMES);
}

/**
 * A Redis of our own: a process on a free loopback port, in its own temporary folder, keeping nothing on disk unless asked to
 * (`SAVE` then writes what the next start reads). Every signal goes to its pid and to nothing else.
 */
export class RedisServer {
  readonly port: number;
  readonly #program: string;
  readonly #settings: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'bayline-redis-'));
  #process: ChildProcess | undefined;

  private constructor(program: string, port: number, settings: readonly string[]) {
    this.#program = program;
    this.port = port;
    this.#settings = settings;
  }

  /** `settings` are further `redis-server` arguments, e.g. `--maxmemory 5mb`. Rejects when there is no server on PATH. */
  static async start(settings: readonly string[] = []): Promise<RedisServer> {
    const program = findRedisServer();
    if (program === null) throw new Error('No redis-server or valkey-server on PATH.');
    for (let tries = 1; ; tries += 1) {
      const server = new RedisServer(program, await freePort(), settings);
      try {
        await server.start();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else may have the port by now, or the one that a Cluster needs beside it.
        if (tries === 3) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the server (again, and empty) on its port; settles when it answers. `settings` are for this once. */
  async start(settings: readonly string[] = []): Promise<void> {
    const basics = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const memoryOnly = ['--save', '', '--appendonly', 'no'];
    this.#process = spawn(this.#program, [...basics, ...memoryOnly, ...this.#settings, ...settings], {
      stdio: 'ignore',
    });
    await this.#answers();
  }

  /** SIGSTOP: sockets stay open, nothing answers. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** SIGKILL; settles when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Kills the server and removes its folder. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await acceptsPing(this.port))) {
      this.#mustRun();
      if (Date.now() > deadline) throw new Error(`${this.#program} does not answer on port ${this.port}.`);
      await sleep(20);
    }
    // Else it is somebody else's server that has answered.
    this.#mustRun();
  }

  #mustRun(): void {
    if (this.#process?.exitCode !== null)
      throw new Error(`${this.#program} ended at once on port ${this.port}.`);
  }
}

/**
 * A loopback port that nothing listens on just now, and that no connection takes for its own end: it is below those that systems hand out, and so is the
 * port that a Redis Cluster needs beside it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
      probe.close();
      await once(probe, 'close');
      return port;
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

/** `-LOADING` and errors are not an answer: only `+PONG` is (or `-NOAUTH` from a server with a password, `-MASTERDOWN` from a replica). */
function acceptsPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'));
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('data', (reply) => settle(/^\+PONG|^-NOAUTH|^-MASTERDOWN/.test(reply.toString())));
  });
}
