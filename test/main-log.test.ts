import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const WITHIN = { timeout: 100_000, interval: 50 };
// Their lines are more than a pipe holds.
const WEBHOOKS = 240;
let gateway: ChildProcess | undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

/** The whole program, its outputs where `redirect` (words of bash) leads them. Nobody reads what is not redirected. */
async function start(redirect: string): Promise<string> {
  const port = await freePort();
  const program = `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${MAIN}"`;
  gateway = spawn('bash', ['-c', `exec ${program} ${redirect}`], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      AGENT: 'echo',
      LOG_LEVEL: 'trace',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), WITHIN);
  return url;
}

async function webhook(url: string, n: number): Promise<number> {
  const body = new URLSearchParams({
    CallSid: `CA${String(n).padStart(32, '0')}`,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15125550100',
    To: '+15125550199',
    CallStatus: 'ringing',
  });
  return (await fetch(`${url}/twilio/voice`, { method: 'POST', body })).status;
}

afterEach(() => {
  gateway?.kill('SIGKILL');
});

describe.runIf(process.platform === 'linux')('a gateway whose log cannot be written', () => {
  it.each([
    ['its disk is full', '> /dev/full 2> /dev/full', 'no_space'],
    ['its reader has ended', '> >(head -1 > /dev/null) 2>&1', 'closed'],
    ['its reader has stopped', '> >(exec sleep 100) 2>&1', null],
    ['its socket is not read', '', null],
    ['it is a terminal that stands still', '> /dev/ptmx 2>&1', null],
    ['its standard output was closed', '>&- 2>&-', null],
  ])(
    'answers every webhook and ends on SIGTERM when %s',
    async (_why, redirect, reason) => {
      const url = await start(redirect);
      for (let n = 0; n < WEBHOOKS; n += 20) {
        const some = Array.from({ length: 20 }, (_, more) => webhook(url, n + more));
        expect(new Set(await Promise.all(some))).toEqual(new Set([200]));
      }
      expect((await fetch(`${url}/health`)).status).toBe(200);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const dropped = new RegExp(`bayline_log_lines_dropped_total\\{reason="${reason}"\\} [1-9]`);
      if (reason !== null) expect(metrics).toMatch(dropped);
      const ended = gateway && once(gateway, 'exit');
      gateway?.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
    60_000,
  );
});
