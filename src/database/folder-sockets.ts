import { closeSync, existsSync, openSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { summarize } from '../core/errors.js';

/** The system's limit for a socket's path is 108 bytes on Linux and 104 on macOS, its end included. */
const LONGEST_PATH = 100;
const ANSWER_WITHIN_MS = 2000;

/** Unix sockets in a folder, whose own path may be of any length. They are the kernel's: one whose process is gone refuses. */
export class FolderSockets {
  readonly #handle: number | null;
  readonly #server: Server;
  /** A short path of the folder, for as long as this is open. */
  readonly base: string;

  constructor(folder: string) {
    const handle = process.platform === 'linux' ? openSync(folder, 'r') : null;
    const link = `/proc/self/fd/${handle}`;
    this.#handle = handle;
    this.base = handle !== null && existsSync(link) ? link : shorter(folder, relative('.', folder) || '.');
    this.#server = createServer((socket) => socket.on('error', () => {}).destroy());
  }

  /** Listens under a name of its own. False where the file system has no sockets, or one that does not answer. */
  async listen(name: string): Promise<boolean> {
    const path = this.#path(name);
    if (Buffer.byteLength(path) > LONGEST_PATH) return false;
    const isOpen = await new Promise<boolean>((settle) => {
      this.#server.once('error', () => settle(false));
      this.#server.listen({ path, exclusive: true }, () => settle(true));
    });
    this.#server.on('error', () => {});
    this.#server.unref();
    return isOpen && (await this.answers(name)) === 'yes';
  }

  /** Whether somebody listens under this name; `unknown` where there is no socket. A stopped process still listens. */
  answers(name: string): Promise<'yes' | 'no' | 'unknown'> {
    const socket = connect(this.#path(name));
    return new Promise<'yes' | 'no' | 'unknown'>((settle) => {
      socket.once('connect', () => settle('yes'));
      socket.once('error', (error) => settle(judge(summarize(error).code)));
      socket.setTimeout(ANSWER_WITHIN_MS, () => settle('yes'));
    }).finally(() => socket.on('error', () => {}).destroy());
  }

  /** Frees the name and the folder. */
  async close(): Promise<void> {
    if (this.#server.listening) await new Promise((settle) => this.#server.close(settle));
    if (this.#handle !== null) closeSync(this.#handle);
  }

  #path(name: string): string {
    return process.platform === 'win32' ? `\\\\.\\pipe\\bayline-${name}` : join(this.base, name);
  }
}

function shorter(one: string, other: string): string {
  return Buffer.byteLength(other) < Buffer.byteLength(one) ? other : one;
}

// Whoever may not connect, or finds a full queue, knows that somebody is there.
function judge(code: string | undefined): 'yes' | 'no' | 'unknown' {
  if (code === 'ECONNREFUSED') return 'no';
  if (code === 'ENOENT') return process.platform === 'win32' ? 'no' : 'unknown';
  return code === 'ENOTSOCK' ? 'unknown' : 'yes';
}
