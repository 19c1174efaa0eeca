import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, it } from 'vitest';
import { compiled } from '../../support/compiled.js';
import { MediaServer } from '../../support/media-server.js';
import type { Fault } from '../../support/served-call.js';

const LINT = compiled('packages/twilio-simulator/src/bin/twilio-lint.ts');

// In a folder of no one's, so that no .env of this machine has a say.
function runLint(...args: string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [LINT, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => {
    text.out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    text.err += data.toString();
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...text })));
}

type WhenFinished = (end: () => Promise<void>) => void;

async function serve(fault: Fault | null, whenFinished: WhenFinished): Promise<string> {
  const server = new MediaServer(fault);
  whenFinished(() => server.close());
  return await server.listen();
}

const BRIEFLY = ['--skip', 'keys,speech,additions,drop,together,last'];

// Every test starts a process, which takes its time on a busy machine, and waits for most of it.
describe.concurrent('npm run lint:stream', { timeout: 120_000 }, () => {
  it('exits with 0 when nothing is wrong, and says what was tried', async ({ expect, onTestFinished }) => {
    const { status, out, err } = await runLint('--url', await serve(null, onTestFinished), ...BRIEFLY);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('the first call');
    expect(out).toContain('2 streams opened');
    expect(out).toContain('a call with keys: left out');
    expect(out).toContain('No breach of the protocol was found.');
    expect(out).not.toContain('t0ken');
  });

  it('exits with 1 for an error, and writes JSON lines alone to standard output', async ({
    expect,
    onTestFinished,
  }) => {
    const { status, out, err } = await runLint(
      '--url',
      await serve('extra-field', onTestFinished),
      ...BRIEFLY,
      '--json',
    );
    expect(status).toBe(1);
    expect(err).toContain('the first call');
    const lines: { event: string; rule?: string }[] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event, rule }) => [event, rule])).toEqual([
      ['finding', 'extra-field'],
      ['summary', undefined],
    ]);
  });

  it('exits with 2 for wrong options and 0 for help', async ({ expect }) => {
    const wrong = await runLint('--url', 'http://x/');
    expect([wrong.status, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toContain('Run it with --help');
    const help = await runLint('--help');
    expect([help.status, help.err]).toEqual([0, '']);
    expect(help.out).toContain('Usage: twilio-lint');
  });
});
