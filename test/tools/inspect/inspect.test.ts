import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../tools/inspect/inspect-png.js';
import { compiled } from '../../support/compiled.js';
import { recordedStreamText } from '../../support/recorded-stream.js';

const INSPECT = compiled('tools/inspect/inspect.ts');
let folder = '';
let recording = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bayline-inspect-'));
  recording = join(folder, 'call.ndjson');
  await writeFile(recording, recordedStreamText());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function inspect(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [INSPECT, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
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

describe('npm run inspect', { timeout: 60_000 }, () => {
  it('prints a recording as text', async () => {
    const out = expect.stringMatching(
      /^Call CA0{31}1, recorded .*\n[\s\S]*presses 7\n[\s\S]*1 sent, 1 back\n$/,
    );
    expect(await inspect([recording])).toEqual({ status: 0, out, err: '' });
  });

  it('shows the streams of a call that reach into a part, and of one that was cut off at once what is known', async () => {
    const file = join(folder, 'two.ndjson');
    const text = recordedStreamText();
    const [header = ''] = text.split('\n');
    await writeFile(file, `${text}${header}\n{"t":3,"in":{"ev`);
    const once = (part: string) =>
      expect.stringMatching(new RegExp(`^Call CA0{31}1(?![\\s\\S]*\\nCall )${part}`));
    expect(await inspect([file, '--from', '10'])).toEqual({ status: 0, out: once(''), err: '' });
    const both = expect.stringMatching(/^Call CA0{31}1, [\s\S]*\n\nCall that never started, .*\n0\.0 s; /);
    expect(await inspect([file])).toEqual({ status: 0, out: both, err: '' });
  });

  it('draws a part of it as SVG', async () => {
    const file = join(folder, 'call.svg');
    const result = await inspect([recording, '--out', file, '--from', '2', '--to', '99']);
    expect(result).toEqual({ status: 0, out: `${file} shows 2.0 s to 18.0 s\n`, err: '' });
    expect(await readFile(file, 'utf8')).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1600"/);
  });

  it('says in one sentence what it cannot do, and names the help where it was asked wrongly, with status 2', async () => {
    const fails = (err: string) => ({ status: 1, out: '', err: expect.stringMatching(err) });
    const isWrong = (err: string) => ({
      status: 2,
      out: '',
      err: expect.stringMatching(`${err}See: npm run inspect -- --help\n$`),
    });
    const nowhere = { PATH: folder };
    const png = ['--out', join(folder, 'call.png')];
    const results = await Promise.all([
      inspect([]),
      inspect(['--form', '2']),
      inspect([join(folder, 'none.ndjson')]),
      inspect([INSPECT]),
      inspect([recording, '--from', '600']),
      inspect([recording, ...png], nowhere),
      inspect([recording, ...png], { CHROMIUM: '/no/such/browser' }),
      inspect([recording, '--out', '/no/such/folder/a.svg']),
    ]);
    expect(results).toEqual([
      isWrong('^Name the recording to show\n'),
      isWrong('^--form is no option of this command, or lacks its value\n'),
      isWrong('none.ndjson cannot be read: .*\n'),
      isWrong('inspect.js, line 1: no header of a Bayline recording, version 1\n'),
      isWrong('^There is nothing in that part of the recording\n'),
      fails('^A PNG needs Chromium or Chrome, and none is on PATH. .* ends in .svg.\n$'),
      fails('call.png was not drawn: .*\n$'),
      fails('^.*/no/such/folder/a.svg.*\n$'),
    ]);
  });

  it.skipIf(findChromium(process.env) === null)('draws a PNG of twice the size by a Chromium', async () => {
    const file = join(folder, 'drawn.png');
    expect(await inspect([recording, '--out', file])).toMatchObject({ status: 0, err: '' });
    const png = await readFile(file);
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3200, 2 * (118 + 2 * 306 + 16)]);
  });

  it('finds the browser that is named, else the first one on PATH', async () => {
    const browser = join(folder, 'google-chrome');
    expect(findChromium({ PATH: folder })).toBeNull();
    await writeFile(browser, '');
    expect(findChromium({ PATH: folder })).toBeNull();
    await chmod(browser, 0o755);
    expect(findChromium({ PATH: `/no/such/folder:${folder}` })).toBe(browser);
    expect(findChromium({ CHROMIUM: '/my/browser', PATH: folder })).toBe('/my/browser');
  });
});
