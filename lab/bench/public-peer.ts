import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

const PACKAGES = ['@openai/agents-extensions@0.18.0', '@openai/agents@0.20.0', 'zod@4', 'ws@8'];
const ENTRY = 'node_modules/@openai/agents-extensions/dist/index.mjs';

export const PEER = 'TwilioRealtimeTransportLayer';

/**
 * Where the peer's package is, installed on first use outside of this project, which does without its 100 MB; null when
 * npm cannot get it.
 */
export function installPeer(): string | null {
  const folder = join(tmpdir(), 'bayline-bench-peer');
  const entry = join(folder, ENTRY);
  const command = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...PACKAGES];
  if (!existsSync(entry)) spawnSync('npm', command, { stdio: 'ignore' });
  return existsSync(entry) ? entry : null;
}

/** A realtime model that hears everything and says nothing. */
export class SilentModel {
  readonly url: string;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async listen(): Promise<SilentModel> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    server.on('connection', (socket) => socket.on('message', () => undefined).on('error', () => undefined));
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'string' || address === null) throw new Error('The model does not listen.');
    return new SilentModel(server, `ws://127.0.0.1:${address.port}`);
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }
}
