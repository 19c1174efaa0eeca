import { expect, onTestFinished, test } from 'vitest';
import { GOODBYE, helloTo } from '../src/agents/keypad/keypad-prompts.js';
import { loadConfig } from '../src/config.js';
import { silentLogger } from '../src/core/logger.js';
import { Metrics } from '../src/core/metrics.js';
import { slowOperations } from '../src/core/slow-operations.js';
import { createPrivacy } from '../src/privacy-wiring.js';
import { BrowserRecordings } from '../src/recordings/browser-recordings.js';
import { PromptCache } from '../src/speech/prompt-cache.js';
import { createStores, openShop } from '../src/wiring.js';
import { QuickVoice } from './support/test-gateway.js';

const config = loadConfig({ DATA_DIR: 'memory' });
const [logger, metrics] = [silentLogger(), new Metrics()];
const slow = slowOperations({ thresholdMs: config.slowOperationMs, metrics, logger });
const context = { config, logger, metrics, slow, closing: new AbortController() };

test('the name of an erased customer is in no prompt any more', async () => {
  const stores = createStores(context);
  const shop = await openShop(context, stores);
  const prompts = new PromptCache({ voice: new QuickVoice(), metrics, logger });
  const settingsOf = () => {
    throw new Error('Nothing is recorded here');
  };
  const browser = new BrowserRecordings({ settingsOf, logger });
  const recorders = { files: undefined, browser, folder: null };
  const privacy = createPrivacy(context, stores, shop, recorders, prompts);
  onTestFinished(async () => {
    context.closing.abort();
    shop.current.close();
    stores.customerCache.close();
    await Promise.all([privacy.close(), shop.customerImport.close(), shop.warming.close()]);
    await Promise.all([shop.callLog.close(), stores.store.close(), stores.fleet.close()]);
    await shop.database.close();
  });
  await shop.database.ready;
  const [phone_number, first_name, last_name] = ['+15125550177', 'Xavier', 'Quillfeather'];
  const { id } = await shop.desk.customers.create({ phone_number, first_name, last_name });
  await prompts.prepare([helloTo(first_name), GOODBYE]);
  expect(prompts.atHand(helloTo(first_name))).not.toBeNull();
  expect(await privacy.erasures.customer(id)).toMatchObject({ complete: true });
  expect(prompts.atHand(helloTo(first_name))).toBeNull();
  expect(prompts.atHand(GOODBYE)).not.toBeNull();
}, 60_000);
