import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiled } from '../../support/compiled.js';
import { fixtureFile } from '../../support/replay-fixture.js';

const REPLAY = compiled('tools/replay/replay.ts');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bayline-replay-'));
  await copyFile(fixtureFile('key-interrupts'), join(folder, 'call.ndjson'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function replay(args: readonly string[]): Promise<{ status: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [REPLAY, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
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

describe('npm run replay', { timeout: 120_000 }, () => {
  it('says that calls go as recorded', async () => {
    const { status, out } = await replay(['call.ndjson', 'call.ndjson']);
    expect(status).toBe(0);
    expect(out).toContain('call.ndjson: 1 stream');
    expect(out).toContain('All 2 calls went as they should.');
  });

  it('ends with status 1 when a call differs, and accepts that when told to', async () => {
    const file = join(folder, 'planted.ndjson');
    const text = await readFile(fixtureFile('key-interrupts'), 'utf8');
    await writeFile(file, text.replace('Which service?', 'What can we do for you?'));
    const differs = await replay([file]);
    expect(differs.status).toBe(1);
    expect(differs.out).toMatch(/differs:\n {2}stream 1, utterance 2, at .*\n {4}then: "What can/);
    expect((await replay([file, '--update'])).status).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('accepts no replay in which something went wrong, and leaves the file as it is', async () => {
    const file = join(folder, 'refused.ndjson');
    const text = await readFile(fixtureFile('reconnect'), 'utf8');
    // The call has been given up by the time its second stream comes.
    const late = text.replace('"recorded_at":"2026-11-30T08:18:20', '"recorded_at":"2026-11-30T08:19:20');
    expect(late).not.toBe(text);
    await writeFile(file, late);
    const { status, out } = await replay([file, '--update']);
    expect(out).toMatch(
      /refused\.ndjson: 2 streams, .* s, not accepted:\n {2}stream 2: no stream is offered/,
    );
    expect(status).toBe(1);
    expect(await readFile(file, 'utf8')).toBe(late);
  });

  it('puts no fixture in place of a recording, but makes one of it where it is told to', async () => {
    const [file, made] = [join(folder, 'recorded.ndjson'), join(folder, 'made', 'fixture.ndjson')];
    const fixture = await readFile(fixtureFile('hang-up-in-a-word'), 'utf8');
    const recorded = fixture.replace(/"media":\{"bytes":(\d+)\}/g, (_, bytes) => {
      return `"media":{"payload":"${Buffer.alloc(Number(bytes), 0x20).toString('base64')}"}`;
    });
    expect(recorded).not.toBe(fixture);
    await writeFile(file, recorded);
    expect(await replay([file, '--update'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('recorded.ndjson is no fixture, and --update would drop'),
    });
    const { out } = await replay([file, '--out', made, '--update']);
    expect(out).toContain('fixture.ndjson is made');
    expect(await readFile(made, 'utf8')).toContain('"media":{"bytes":');
    expect(await readFile(file, 'utf8')).toBe(recorded);
  });

  it('tells what is wrong with its options and files', async () => {
    expect(await replay(['--fault', 'hail', 'call.ndjson'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('--fault must be one of'),
    });
    expect(await replay(['missing.ndjson'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('missing.ndjson cannot be read'),
    });
    const text = await readFile(fixtureFile('key-interrupts'), 'utf8');
    await writeFile(join(folder, 'talking.ndjson'), text.replace('"AGENT":"keypad"', '"AGENT":"realtime"'));
    expect(await replay(['talking.ndjson'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('talking.ndjson is a call with the talking agent'),
    });
  });
});
