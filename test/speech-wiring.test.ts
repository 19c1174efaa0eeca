import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ONE_MOMENT } from '../src/agents/keypad/keypad-prompts.js';
import { loadConfig } from '../src/config.js';
import { silentLogger } from '../src/core/logger.js';
import { Metrics } from '../src/core/metrics.js';
import { slowOperations } from '../src/core/slow-operations.js';
import { shopOf } from '../src/shop/shop.js';
import { createVoice } from '../src/speech-wiring.js';

const config = loadConfig({ DATA_DIR: 'memory' });
const [logger, metrics] = [silentLogger(), new Metrics()];
const slow = slowOperations({ thresholdMs: config.slowOperationMs, metrics, logger });
const context = { config, logger, metrics, slow, closing: new AbortController() };
const current = { now: shopOf({}), watch: () => () => undefined };

test('a gateway whose data is in memory keeps its prompts in the folder given for them, and names nobody there', async () => {
  const promptsDir = await mkdtemp(join(tmpdir(), 'bayline-prompts-'));
  onTestFinished(() => rm(promptsDir, { recursive: true, force: true }));
  const first = await createVoice(context, current, { promptsDir });
  for (const text of [ONE_MOMENT, 'Hello, Maria.']) await first.voice.synthesize(text);
  await first.voice.close();
  const files = await readdir(promptsDir, { recursive: true });
  expect(files.filter((name) => name.endsWith('.json'))).toHaveLength(1);
  const { voice } = await createVoice(context, current, { promptsDir });
  onTestFinished(() => voice.close());
  expect(await voice.synthesize(ONE_MOMENT)).toHaveProperty('audio');
  expect(voice).toMatchObject({ made: 0 });
}, 60_000);
