// Run as a process of its own: a gateway whose event loop can be blocked from outside, for so many milliseconds.

import { createLogger } from '../../src/core/logger.js';
import { createGateway, loadConfig } from '../../src/gateway.js';

const config = loadConfig(process.env);
const logger = createLogger({ level: config.logLevel });
const gateway = await createGateway(config, { logger });
const { url } = await gateway.listen();
logger.info({ url }, 'listening');

process.on('message', ({ block }: { block: number }) => {
  const until = performance.now() + block;
  while (performance.now() < until);
});
process.on('SIGTERM', async () => {
  await gateway.drain();
  await gateway.close();
  process.exit(0);
});
