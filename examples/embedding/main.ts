import { createGateway, loadConfig } from 'bayline/gateway';

// The gateway inside a program of your own. With --once it ends when it is ready, else on SIGTERM or Ctrl-C.
const isOnce = process.argv.includes('--once');
const gateway = await createGateway(
  loadConfig({
    LOG_LEVEL: 'warn',
    PORT: '0',
    DATA_DIR: 'memory',
    SHOP_NAME: 'Corner Garage',
    ...process.env,
  }),
);
const { url } = await gateway.listen();
console.log('listening at', url);

while (!(await fetch(`${url}/health/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 100));
const shop: unknown = await (await fetch(`${url}/api/shop`)).json();
console.log('ready for calls:', JSON.stringify(shop));

if (!isOnce) {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
  });
}
await gateway.close();
console.log('closed');
