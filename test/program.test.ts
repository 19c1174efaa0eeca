import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { preparedSentences } from '../src/agents/keypad/prepared-sentences.js';
import { shopFacts } from '../src/agents/shop-facts.js';
import { VERSION } from '../src/core/version.js';
import { shopOf } from '../src/shop/shop.js';
import { fliteVersion } from '../src/speech/flite-voice.js';
import { PROMPTS } from '../tools/voice/kept-voice.js';
import { compiled } from './support/compiled.js';
import { GatewayProcess } from './support/gateway-process.js';

const MAIN = compiled('src/main.ts');
const WITHIN = { timeout: 100_000, interval: 50 };
const SENTENCES = preparedSentences(shopFacts(shopOf({})));

/** Prompts that the first start has to make, however many earlier runs have made: each takes its time. */
const MISSING = 6;

/** One folder and one first start for all. */
let dataDir: string;
let first: GatewayProcess;
/** What it has printed so far. */
let output = '';
/** Settles when it has printed its welcome, with what `/health/ready` answers then. */
let welcomed: Promise<number>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bayline-prompts-'));
  await adoptPrompts(join(dataDir, 'prompts', await fliteVersion()));
  let print: () => void = () => undefined;
  const printed = new Promise<void>((settle) => {
    print = settle;
  });
  const onOutput = (text: string) => {
    output += text;
    if (output.includes('from another terminal')) print();
  };
  first = await GatewayProcess.listen({ DATA_DIR: dataDir }, { program: MAIN, onOutput });
  welcomed = printed.then(async () => (await fetch(`${first.url}/health/ready`)).status);
}, 120_000);
afterAll(async () => {
  await first.kill();
  await rm(dataDir, { recursive: true, force: true });
});

/** Those of other tests and of earlier runs, but for some. */
async function adoptPrompts(folder: string): Promise<void> {
  const made = join(PROMPTS, basename(folder));
  for (const sentence of SENTENCES.slice(MISSING)) {
    const name = `${createHash('sha256').update(sentence).digest('hex').slice(0, 24)}.json`;
    await cp(join(made, name), join(folder, name)).catch(() => undefined);
  }
}

test('the welcome is printed when the gateway is ready, not before', { timeout: 120_000 }, async () => {
  expect(await welcomed).toBe(200);
  expect(output).toMatch(/^ {2}Agent {10}touch-tone menu$/m);
});

test('the welcome names npm run call only in a folder that has that command', {
  timeout: 120_000,
}, async () => {
  await welcomed;
  expect(output).toContain(`npm run call -- --url ${first.url}`);
  const cwd = await mkdtemp(join(tmpdir(), 'bayline-elsewhere-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  let elsewhere = '';
  const onOutput = (text: string) => {
    elsewhere += text;
  };
  const gateway = await GatewayProcess.listen({}, { program: MAIN, cwd, onOutput });
  await expect.poll(() => elsewhere, WITHIN).toContain('/twilio/voice\n');
  expect(await gateway.stop()).toBe(0);
  expect(elsewhere).not.toContain('npm run call');
});

test('prompts are kept in the data folder, and one that is damaged is made again', {
  timeout: 240_000,
}, async () => {
  const kept = async () => {
    const [version = ''] = await readdir(join(dataDir, 'prompts')).catch(() => []);
    const folder = join(dataDir, 'prompts', version);
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
  };
  // Where the database was read late, those of the shop that was greeted for before may be there too.
  await expect.poll(async () => (await kept()).length, WITHIN).toBeGreaterThanOrEqual(SENTENCES.length);
  expect(await first.stop()).toBe(0);
  const files = await kept();
  const texts = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')).text));
  const [damaged = '', ...others] = files.filter((_file, n) => SENTENCES.includes(texts[n]));
  const before = await readFile(damaged, 'utf8');
  await writeFile(damaged, before.slice(0, 999));
  const marked = others.at(-1) ?? '';
  // A space at the end changes nothing of what is kept, and is gone when a file is made again.
  await writeFile(marked, `${await readFile(marked, 'utf8')} `);
  const second = await GatewayProcess.start({ DATA_DIR: dataDir }, { program: MAIN });
  await expect.poll(() => readFile(damaged, 'utf8'), WITHIN).toBe(before);
  expect(await readFile(marked, 'utf8')).toMatch(/ $/);
  expect(await second.stop()).toBe(0);
});

test('an argument is answered without a start: the help, the version, or that it is no option', async () => {
  const answerTo = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((settle) => {
      execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
        settle({ code: error ? error.code : 0, stdout, stderr }),
      );
    });
  const [help, version, wrong] = await Promise.all([
    answerTo('--help'),
    answerTo('--version'),
    answerTo('--port', '3001'),
  ]);
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: bayline\n'), stderr: '' });
  expect(version).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--port is no option');
});
