import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { compiled } from './support/compiled.js';
import { freePort } from './support/redis-server.js';

const MAIN = compiled('src/main.ts');
const WITHIN = { timeout: 100_000, interval: 50 };
// Their lines are more than a pipe holds.
const WEBHOOKS = 160;

/** The whole program, its outputs where `redirect` (words of bash) leads them. Nobody reads what is not redirected. */
async function start(redirect: string): Promise<{ url: string; gateway: ChildProcess }> {
  const port = await freePort();
  const program = `"${process.execPath}" "${MAIN}"`;
  const gateway = spawn('bash', ['-c', `exec ${program} ${redirect}`], {
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      AGENT: 'echo',
      LOG_LEVEL: 'trace',
      // Nobody opens the streams that the webhooks offer.
      STREAM_START_TIMEOUT_MS: '1000',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await vi.waitFor(async () => expect((await fetch(`${url}/health`)).status).toBe(200), WITHIN);
  } catch (error) {
    gateway.kill('SIGKILL');
    throw error;
  }
  return { url, gateway };
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

// Together: each waits for most of its time, on its way out for the database that there is none of.
describe.runIf(process.platform === 'linux')('a gateway whose log cannot be written', () => {
  it.concurrent.for<[string, string, string | null]>([
    ['its disk is full', '> /dev/full 2> /dev/full', 'no_space'],
    ['its reader has ended', '> >(head -1 > /dev/null) 2>&1', 'closed'],
    ['its reader has stopped', '> >(exec sleep 100) 2>&1', null],
    ['its socket is not read', '', null],
    ['it is a terminal that stands still', '> /dev/ptmx 2>&1', null],
    ['its standard output was closed', '>&- 2>&-', null],
  ])(
    'answers every webhook and ends on SIGTERM when %s',
    { timeout: 120_000 },
    async ([_why, redirect, reason], { onTestFinished }) => {
      const { url, gateway } = await start(redirect);
      onTestFinished(() => void gateway.kill('SIGKILL'));
      for (let n = 0; n < WEBHOOKS; n += 20) {
        const some = Array.from({ length: 20 }, (_, more) => webhook(url, n + more));
        expect(new Set(await Promise.all(some))).toEqual(new Set([200]));
      }
      expect((await fetch(`${url}/health`)).status).toBe(200);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const dropped = new RegExp(`bayline_log_lines_dropped_total\\{reason="${reason}"\\} [1-9]`);
      if (reason !== null) expect(metrics).toMatch(dropped);
      const ended = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
  );
});
