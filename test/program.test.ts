import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { preparedSentences } from '../src/agents/keypad/prepared-sentences.js';
import { shopFacts } from '../src/agents/shop-facts.js';
import { shopOf } from '../src/shop/shop.js';
import { compiled } from './support/compiled.js';
import { GatewayProcess } from './support/gateway-process.js';

const MAIN = compiled('src/main.ts');
const WITHIN = { timeout: 100_000, interval: 50 };
const SENTENCES = preparedSentences(shopFacts(shopOf({}))).length;

/** One for all: each prompt takes its time to make. */
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bayline-prompts-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** What the gateway has printed until then, and whether it was ready. */
async function welcomeOf(settings: Readonly<Record<string, string>>) {
  let output = '';
  let welcomed: () => void = () => undefined;
  const welcome = new Promise<void>((settle) => {
    welcomed = settle;
  });
  const onOutput = (text: string) => {
    output += text;
    if (output.includes('from another terminal')) welcomed();
  };
  const gateway = await GatewayProcess.listen(settings, { program: MAIN, onOutput });
  onTestFinished(() => gateway.kill());
  await welcome;
  return { status: (await fetch(`${gateway.url}/health/ready`)).status, output };
}

test('the welcome is printed when the gateway is ready, not before', { timeout: 120_000 }, async () => {
  const { status, output } = await welcomeOf({ DATA_DIR: dataDir });
  expect(status).toBe(200);
  expect(output).toMatch(/^ {2}Agent {10}touch-tone menu$/m);
});

test('prompts are kept in the data folder, and one that is damaged is made again', {
  timeout: 240_000,
}, async () => {
  const kept = async () => {
    const [version = ''] = await readdir(join(dataDir, 'prompts')).catch(() => []);
    const folder = join(dataDir, 'prompts', version);
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).map((name) => join(folder, name));
  };
  const first = await GatewayProcess.start({ DATA_DIR: dataDir }, { program: MAIN });
  await expect.poll(kept, WITHIN).toHaveLength(SENTENCES);
  expect(await first.stop()).toBe(0);
  const [damaged = '', ...others] = await kept();
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
