import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { FliteVoice, fliteVersion } from '../../src/speech/flite-voice.js';
import { VoiceCache, type VoiceCacheOptions } from '../../src/speech/voice-cache.js';
import { describeTextToSpeech } from '../contracts/text-to-speech.js';
import { QuickVoice } from '../support/test-gateway.js';

const kept = await mkdtemp(join(tmpdir(), 'bayline-voice-'));
afterAll(() => rm(kept, { recursive: true, force: true }));

describeTextToSpeech(
  'A voice that keeps',
  () => new VoiceCache({ voice: new FliteVoice({ deadlineMs: 60_000 }), folder: kept }),
);

describe('a voice that keeps what it has said', () => {
  const TEXT = 'Goodbye.';
  const VERSION = `flite-${'1'.repeat(16)}`;
  let root: string;
  let folder: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'bayline-voice-'));
    folder = join(root, 'prompts', VERSION);
    onTestFinished(() => rm(root, { recursive: true, force: true }));
  });
  const open = (options: Partial<VoiceCacheOptions> = {}) =>
    new VoiceCache({ voice: new QuickVoice(), folder, ...options });

  async function said(voice: VoiceCache, text: string) {
    const speech = await voice.synthesize(text);
    await voice.written;
    return speech;
  }

  async function fileOf(text: string): Promise<string> {
    await said(open(), text);
    const [name = ''] = await readdir(folder);
    return join(folder, name);
  }

  test('has a text made once, by whatever process', async () => {
    const first = open();
    const speech = await said(first, TEXT);
    const second = open();
    expect(await second.synthesize(TEXT)).toEqual(speech);
    expect([first.made, second.made]).toEqual([1, 0]);
  });

  test('keeps the word times too', async () => {
    const voice = {
      synthesize: async () => ({ audio: Buffer.alloc(480, 1), wordEndsMs: [20] }),
      close: async () => undefined,
    };
    await said(open({ voice }), TEXT);
    expect(await said(open(), TEXT)).toMatchObject({ wordEndsMs: [20] });
  });

  test.each<[string, (file: string) => Promise<unknown>]>([
    ['cut short', async (file) => writeFile(file, (await readFile(file, 'utf8')).slice(0, -9))],
    [
      'with a byte changed',
      async (file) =>
        writeFile(
          file,
          (await readFile(file, 'utf8')).replace(/("audio":".{40})./, (_, before) => `${before}A`),
        ),
    ],
    [
      'of another text',
      async (file) => writeFile(file, (await readFile(file, 'utf8')).replace(TEXT, 'Hello.')),
    ],
    ['empty', (file) => writeFile(file, '')],
    ['of another program', (file) => writeFile(file, '{"audio":[1,2,3]}')],
    ['larger than any of ours', (file) => writeFile(file, ' '.repeat(2_000_000))],
    ['that is a link to nothing', (file) => rm(file).then(() => symlink(join(root, 'gone'), file))],
    ['that is gone', (file) => rm(file)],
  ])('makes a text again whose file is %s, and keeps it again', async (_, damage) => {
    await damage(await fileOf(TEXT));
    const again = open();
    expect(await said(again, TEXT)).toEqual(await new QuickVoice().synthesize(TEXT));
    expect(again.made).toBe(1);
    const next = open();
    await next.synthesize(TEXT);
    expect(next.made).toBe(0);
  });

  test('speaks where nothing can be kept, and says so once', async () => {
    const faults: unknown[] = [];
    await writeFile(join(root, 'prompts'), '');
    const voice = open({ onFault: (error) => faults.push(error) });
    for (const text of ['One.', 'Two.']) expect((await said(voice, text)).audio).toHaveLength(480);
    expect(faults).toMatchObject([{ code: 'ENOTDIR' }]);
  });

  test('makes again what is a folder where the file belongs', async () => {
    const file = await fileOf(TEXT);
    await rm(file);
    await mkdir(file);
    expect((await said(open(), TEXT)).audio).toHaveLength(480);
  });

  test('keeps the texts it is to keep, and no others', async () => {
    const voice = open({ texts: () => new Set(['Hello.']) });
    await said(voice, 'Hello.');
    await said(voice, 'Hello, Maria.');
    expect(await readdir(folder)).toHaveLength(1);
  });

  test.each([`flite-${'0'.repeat(16)}`, `model-${'0'.repeat(24)}`])(
    'removes what is no longer said, and what another voice said: %s',
    async (other) => {
      await said(open({ folder: join(root, 'prompts', other) }), TEXT);
      for (const text of ['Hello.', TEXT]) await said(open(), text);
      const voice = open({ texts: () => new Set([TEXT]) });
      await voice.tidy();
      expect(await readdir(join(root, 'prompts'))).toEqual([VERSION]);
      expect(await readdir(folder)).toHaveLength(1);
      await voice.synthesize(TEXT);
      expect(voice.made).toBe(0);
    },
  );

  test('removes nothing that is not of its own making', async () => {
    const others = [
      'notes.md',
      'shop/book.sqlite',
      'flite-old/notes.md',
      `flite-${'0'.repeat(16)}/notes.md`,
      `${VERSION}/notes.md`,
    ];
    for (const name of others) {
      await mkdir(dirname(join(root, 'prompts', name)), { recursive: true });
      await writeFile(join(root, 'prompts', name), name);
    }
    await said(open({ folder: join(root, 'prompts', `flite-${'2'.repeat(16)}`) }), TEXT);
    for (const text of ['Hello.', TEXT]) await said(open(), text);
    await writeFile(`${await fileOf(TEXT)}.4711`, 'a draft of a process that was killed');
    await open({ texts: () => new Set([TEXT]) }).tidy();
    for (const name of others) expect(await readFile(join(root, 'prompts', name), 'utf8')).toBe(name);
    expect((await readdir(join(root, 'prompts'))).sort()).toEqual(
      ['notes.md', 'shop', 'flite-old', `flite-${'0'.repeat(16)}`, VERSION].sort(),
    );
    expect((await readdir(folder)).filter((name) => name !== 'notes.md')).toHaveLength(1);
  });

  test('is closed to other users', async () => {
    const file = await fileOf(TEXT);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });
});

test('the version of our own voice is the same each time', async () => {
  expect(await fliteVersion()).toMatch(/^flite-[0-9a-f]{16}$/);
  expect(await fliteVersion()).toBe(await fliteVersion());
});
