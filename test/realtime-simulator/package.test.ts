import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PackageConsumer } from '../support/package-consumer.js';
import { RealtimeClient } from '../support/realtime-client.js';
import { arrived } from '../support/simulated-call.js';

const run = promisify(execFile);
/** What is needed to compile and run it: the types of the protocol are not. */
const NEEDED = ['@types', 'undici-types', 'ws', 'yaml'];
const CONSUMER = `
import { PROFILES, readScript, RealtimeSimulator, RealtimeSimulatorError, type Script } from 'realtime-simulator';

const script: Script = { rules: [{ when: { hears: 'oil' }, do: [{ say: 'Monday' }, { call: 'book', arguments: {} }] }] };
const model = new RealtimeSimulator({ script, profile: { ...PROFILES.openai, truncatesToZero: true } });
export const count: number = model.breaches.length;
export const done = async () => (await (await model.session()).until('response.done')).atMs;
export const isOurs = (error: unknown): boolean => error instanceof RealtimeSimulatorError;
export const read: (yaml: string) => Script = readScript;
`;

let consumer: PackageConsumer;

beforeAll(async () => {
  consumer = await PackageConsumer.of({
    name: 'realtime-simulator',
    folder: 'packages/realtime-simulator',
    tsconfig: 'tsconfig.json',
    isBeside: (name) => NEEDED.includes(name),
  });
}, 120_000);

afterAll(() => consumer.remove());

const command = (...args: string[]) => [join(consumer.installed, 'dist/bin/realtime-serve.js'), ...args];

describe('the package realtime-simulator', () => {
  it('holds what is built, its examples and its papers', async () => {
    const files = await consumer.packedFiles();
    expect(files.filter((file) => !file.startsWith('dist/'))).toEqual([
      'LICENSE',
      'README.md',
      'examples/booking.yaml',
      'examples/oil-change.yaml',
      'package.json',
    ]);
  });

  it('compiles in the strictest consumer, which does not have the types of the protocol', async () => {
    expect(await consumer.problemsOf(CONSUMER)).toBe('');
  });
});

describe('realtime-serve', { timeout: 60_000 }, () => {
  it('serves its example, shows the conversation, and ends with 1 after a breach', async () => {
    const script = join(consumer.installed, 'examples/oil-change.yaml');
    const server = spawn(process.execPath, command('--port', '0', '--script', script), {
      cwd: consumer.folder,
    });
    onTestFinished(() => void server.kill('SIGKILL'));
    const lines: string[] = [];
    createInterface({ input: server.stdout }).on('line', (line) => lines.push(line));
    await arrived(() => expect(lines[0]).toMatch(/^openai at ws:/));
    const client = new RealtimeClient(lines[0]?.split(' ').at(-1) ?? '');
    await client.ready();
    client.send({ type: 'response.create' });
    await client.until('response.done');
    client.send({ type: 'response.created' });
    await client.until('error');
    const ended = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    expect(await ended).toBe(1);
    const shown = lines.join('\n');
    expect(shown).toMatch(
      /1 <- session\.created.*1 -> session\.update.*1 <- response\.output_audio_transcript\.done {2}transcript="Good morning/s,
    );
    expect(shown).toContain("1 !! response.created: Invalid value: 'response.created'.");
    expect(lines.at(-1)).toBe('1 sessions, 1 breaches of the protocol');
  });

  it('exits with 2 for wrong options and scripts, and with 0 for help', async () => {
    const bad = join(consumer.folder, 'bad.yaml');
    await writeFile(bad, 'rules:\n  - do:\n      - shout: Hi\n');
    const call = (...args: string[]) =>
      run(process.execPath, command(...args), { cwd: consumer.folder }).then(
        ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
    expect(await call('--port', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Run it with --help'),
    });
    expect(await call('--profile', 'other')).toMatchObject({ code: 2 });
    expect(await call('--script', bad)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bad.yaml:3:'),
    });
    expect(await call('--script', 'nowhere.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--script nowhere.yaml cannot be read: ENOENT'),
    });
    expect(await call('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: realtime-serve'),
    });
  });
});
