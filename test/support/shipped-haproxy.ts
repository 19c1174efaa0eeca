import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './redis-server.js';

const LISTENS_WITHIN_MS = 10_000;

/** Which file names the gateways, and what stands there instead of the addresses of a real shop. */
export interface Gateways {
  readonly file: 'compose.cfg' | 'machine.cfg';
  readonly addresses: Readonly<Record<string, string>>;
}

/** HAProxy with the files of `ops/haproxy` as they are shipped, but for addresses. Every signal goes to its pid and to nothing else. */
export class ShippedHaproxy {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  #written = '';

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    const files = ['bayline.cfg', 'gateways.cfg'].flatMap((file) => ['-f', join(folder, file)]);
    this.#process = spawn('haproxy', ['-W', '-db', ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [this.#process.stdout, this.#process.stderr])
      output?.setEncoding('utf8').on('data', (text: string) => {
        this.#written += text;
      });
  }

  /** Settles when it listens; rejects with what it wrote when it does not. */
  static async start({ file, addresses }: Gateways): Promise<ShippedHaproxy> {
    const folder = await mkdtemp(join(tmpdir(), 'bayline-haproxy-'));
    const port = await freePort();
    // The port alone: at which addresses it listens is what is shipped.
    const listening = { ':8080': `:${port}` };
    await writeFile(join(folder, 'bayline.cfg'), await shipped('bayline.cfg', listening));
    await writeFile(join(folder, 'gateways.cfg'), await shipped(file, addresses));
    const haproxy = new ShippedHaproxy(port, folder);
    await haproxy.#listens();
    return haproxy;
  }

  /** What it has written so far, about itself and the gateways. */
  get written(): string {
    return this.#written;
  }

  /** As after a change of its files. Settles when a new process has taken the port over; open streams stay in the old one. */
  async reload(): Promise<void> {
    const before = this.#written.length;
    this.#process.kill('SIGUSR2');
    while (!/Proxy calls stopped/.test(this.#written.slice(before))) await pause(10);
  }

  async stop(): Promise<void> {
    if (isRunning(this.#process)) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #listens(): Promise<void> {
    const deadline = performance.now() + LISTENS_WITHIN_MS;
    while (!(await accepts(this.port))) {
      if (!isRunning(this.#process) || performance.now() > deadline)
        throw new Error(`HAProxy does not listen. It wrote:\n${this.#written}`);
      await pause(20);
    }
  }
}

/** A file of `ops/haproxy` with other addresses. Rejects when one is not in it: then it is not the shipped file that runs. */
async function shipped(file: string, addresses: Readonly<Record<string, string>>): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  let text = await readFile(join('ops/haproxy', file), 'utf8');
  // Nobody else can become another user.
  if (!isRoot) text = text.replace(/^\t(user|group) haproxy\n/gm, '');
  for (const [theirs, ours] of Object.entries(addresses)) {
    if (!text.includes(theirs)) throw new Error(`ops/haproxy/${file} has no ${theirs}.`);
    text = text.replaceAll(theirs, ours);
  }
  return text;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
