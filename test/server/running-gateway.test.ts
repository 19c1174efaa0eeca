import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { postSigned, voiceForm } from '../support/signed-request.js';
import { NO_DATABASE, startGateway, type TestGateway } from '../support/test-gateway.js';

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

test('a gateway that leaves takes new calls until the balancer has noticed, not longer', async () => {
  const gateway = await startGateway({ DRAIN_NOTICE_SECONDS: '1', STREAM_START_TIMEOUT_MS: '1000' });
  await firstWord(gateway);
  const drained = gateway.gateway.drain();
  const ready = await fetch(`${gateway.url}/health/ready`);
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'draining' }]);
  const call = gateway.twilio.call();
  await call.untilEvent('a stream', ({ kind }) => kind === 'stream-started');
  const ring = () =>
    postSigned(gateway, '/twilio/voice', voiceForm({ StirVerstat: 'TN-Validation-Passed-A' }));
  await expect.poll(async () => (await ring()).text).toContain('</Dial>');
  await call.hangUp();
  await drained;
}, 60_000);

test('a second signal does not wait for the balancer', async () => {
  const gateway = await startGateway({ ...NO_DATABASE, DRAIN_NOTICE_SECONDS: '60' });
  gateway.gateway.shortenDrain(0);
  await gateway.gateway.drain();
}, 60_000);
