import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MediaServer } from '../support/media-server.js';
import { PackageConsumer } from '../support/package-consumer.js';
import { mark, media, setUpSimulator } from '../support/simulated-call.js';

const run = promisify(execFile);
const CONSUMER = `
import { type CallRecord, SimulatorError, TwilioSimulator } from 'twilio-simulator';

const twilio = new TwilioSimulator({ gatewayUrl: 'http://127.0.0.1:1', voicePath: '/voice', statusPath: null });
export const record: Promise<CallRecord> = twilio.call({ from: '+15125550101' }).untilEnded();
export const isOurs = (error: unknown): boolean => error instanceof SimulatorError;
`;
let consumer: PackageConsumer;

beforeAll(async () => {
  consumer = await PackageConsumer.of({
    name: 'twilio-simulator',
    folder: 'packages/twilio-simulator',
    tsconfig: 'tsconfig.json',
    isBeside: (name) => name !== 'bayline',
  });
}, 120_000);

afterAll(() => consumer.remove());

/** One of its commands, in plain Node and in a folder of no one's. */
async function command(name: string, ...args: string[]) {
  const { bin } = JSON.parse(await readFile(join(consumer.installed, 'package.json'), 'utf8'));
  const options = { cwd: consumer.folder, env: { PATH: process.env.PATH } };
  return run(process.execPath, [join(consumer.installed, bin[name]), ...args], options).then(
    ({ stdout, stderr }) => ({ status: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ status: code, out: stdout, err: stderr }),
  );
}

/** A server that greets, and hangs up by its TwiML when a key comes. */
async function serveOneKey() {
  const keys: string[] = [];
  const { gateway } = await setUpSimulator({
    twiml: ({ path }, url) =>
      path === '/voice?shop=1'
        ? `<Response><Connect><Stream url="${url.replace('http', 'ws')}/media"/></Connect><Hangup/></Response>`
        : 404,
    onMessage: ({ event, streamSid }, socket, raw) => {
      if (event === 'start')
        for (const text of [media(streamSid, Buffer.alloc(800, 1)), mark(streamSid, 'greeting')])
          socket.send(text);
      if (event !== 'dtmf') return;
      keys.push(JSON.parse(raw).dtmf.digit);
      socket.close(1000);
    },
  });
  return { gateway, keys };
}

describe('the package twilio-simulator', () => {
  it('holds what is built, its clip and its papers', async () => {
    const files = await consumer.packedFiles();
    expect(files.filter((file) => !file.startsWith('dist/'))).toEqual([
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES',
      'audio/caller.wav',
      'package.json',
    ]);
    expect(files).toEqual(expect.arrayContaining(['dist/bin/twilio-call.js', 'dist/bin/twilio-lint.js']));
  });

  it('compiles in the strictest consumer, declarations of its dependencies included', async () => {
    expect(await consumer.problemsOf(CONSUMER)).toBe('');
  });
});

describe('twilio-call', { timeout: 60_000 }, () => {
  it('calls any voice webhook, presses its keys, keeps a recording and tells what came of it', async () => {
    const { gateway, keys } = await serveOneKey();
    const wav = join(consumer.folder, 'call.wav');
    const voice = join(consumer.installed, 'audio/caller.wav');
    const args = ['--url', `${gateway.url}/voice?shop=1`, '--keys', '5', '--stir', 'none'];
    const { status, out, err } = await command('twilio-call', ...args, '--wav', voice, '--record', wav);
    expect([status, err]).toEqual([0, '']);
    expect(keys).toEqual(['5']);
    expect(out).toMatch(
      /agent {3}speaks.*caller {2}presses 5.*The call ended as the TwiML said: <Hangup>\./s,
    );
    expect((await readFile(wav)).subarray(0, 4).toString()).toBe('RIFF');
    const [webhook, ...others] = gateway.requests;
    expect(webhook).toMatchObject({ path: '/voice?shop=1', signature: undefined });
    expect(webhook?.form).not.toHaveProperty('StirVerstat');
    expect(others).toEqual([]);
  });

  it('signs, tells that the call is over where it is asked to, and writes JSON lines', async () => {
    const { gateway } = await serveOneKey();
    const args = ['--url', `${gateway.url}/voice?shop=1`, '--auth-token', 'a-token', '--keys', '1', '--json'];
    const { status, out } = await command('twilio-call', ...args, '--status', '/over-status');
    expect(status).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map((line: string) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ event: 'summary', outcome: { kind: 'hangup' } });
    expect(lines).toContainEqual(expect.objectContaining({ event: 'key', digit: '1' }));
    expect(gateway.requests.map(({ path }) => path)).toEqual(['/voice?shop=1', '/over-status']);
    expect(gateway.requests.every(({ signature }) => signature !== undefined)).toBe(true);
  });

  it('exits with 1 when the server does not answer, 2 for wrong options and 0 for help', async () => {
    const gone = await command('twilio-call', '--url', 'http://127.0.0.1:1/voice');
    expect([gone.status, gone.out.includes('The call did not end well')]).toEqual([1, true]);
    for (const args of [[], ['--url', 'ws://x/'], ['--url', 'http://x/', '--keys', 'a'], ['--loud']]) {
      const wrong = await command('twilio-call', ...args);
      expect([wrong.status, wrong.out]).toEqual([2, '']);
      expect(wrong.err).toContain('Run it with --help');
    }
    const help = await command('twilio-call', '--help');
    expect([help.status, help.err]).toEqual([0, '']);
    expect(help.out).toContain('Usage: twilio-call');
  });
});

describe('twilio-lint', { timeout: 60_000 }, () => {
  it('checks a server with the clip that it brings along', async () => {
    const server = new MediaServer(null);
    onTestFinished(() => server.close());
    const skipped = ['--skip', 'keys,additions,drop,together,last'];
    const { status, out, err } = await command('twilio-lint', '--url', await server.listen(), ...skipped);
    expect([status, err]).toEqual([0, '']);
    expect(out).toContain('No breach of the protocol was found.');
  });
});
