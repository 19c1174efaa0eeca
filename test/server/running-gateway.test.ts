import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/test-gateway.js';

/** What a gateway says of itself as soon as it takes calls from a balancer. */
async function firstWord({ url }: TestGateway): Promise<unknown> {
  let response = await fetch(`${url}/health/ready`);
  while (response.status === 503) {
    expect(await response.json()).toEqual({ status: 'starting' });
    await pause(5);
    response = await fetch(`${url}/health/ready`);
  }
  return response.json();
}

test('a gateway is ready once its own database is', async () => {
  expect(await firstWord(await startGateway())).toEqual({ status: 'ok' });
}, 60_000);

test('a gateway waits for no database that others share', async () => {
  const gateway = await startGateway({ DATABASE_URL: 'postgres://127.0.0.1:1/x' });
  expect(await firstWord(gateway)).toEqual({ status: 'degraded', missing: ['database'] });
}, 60_000);
