import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findGateway, untilReady } from '../../../tools/call/call-gateway.js';
import { parseCallOptions } from '../../../tools/call/call-options.js';
import { setUpSimulator } from '../../support/simulated-call.js';

/** An address where nobody listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 1}`;
}

function command(url: string, urlGiven: boolean) {
  const parsed = parseCallOptions([]);
  if (!parsed) throw new Error('No options are not a call for help');
  return { ...parsed, url, urlGiven };
}

const silent = () => {};

describe('findGateway', () => {
  it("starts one of its own that is ready and knows nothing of the shop's Redis and database", async () => {
    const url = await deadUrl();
    const env = {
      REDIS_URL: 'redis://127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
      AGENT: 'echo',
    };
    const notes: string[] = [];
    const gateway = await findGateway(command(url, false), env, (text) => notes.push(text));
    onTestFinished(() => gateway.close());
    expect(gateway.own).toBe(true);
    expect(notes).toEqual([`No gateway at ${url} (ECONNREFUSED): starting one for this call.`]);
    const redis = await fetch(new URL('/health/redis', gateway.url));
    expect(await redis.json()).toMatchObject({ redis: 'not configured' });
    const ready = await fetch(new URL('/health/ready', gateway.url));
    expect(await ready.json()).toEqual({ status: 'ok' });
  }, 120_000);

  it('does not start one when the address was named', async () => {
    const url = await deadUrl();
    await expect(findGateway(command(url, true), {}, silent)).rejects.toThrow(`No gateway answers at ${url}`);
  });

  it('starts one where another program has the default address', async () => {
    const { gateway: other } = await setUpSimulator();
    const notes: string[] = [];
    const gateway = await findGateway(command(other.url, false), { AGENT: 'echo' }, (text) =>
      notes.push(text),
    );
    onTestFinished(() => gateway.close());
    expect(gateway).toMatchObject({ own: true, url: expect.not.stringContaining(other.url) });
    expect(notes).toEqual([
      `No gateway at ${other.url} (/health gave HTTP 404): starting one for this call.`,
    ]);
  }, 120_000);

  it('takes an address that was named although its proxy keeps /health for the inside', async () => {
    const { gateway: proxy } = await setUpSimulator();
    const notes: string[] = [];
    const found = await findGateway(command(proxy.url, true), {}, (text) => notes.push(text));
    expect(found).toMatchObject({ own: false, url: proxy.url });
    expect(notes).toEqual([expect.stringContaining('/health gave HTTP 404')]);
  });

  it('signs for localhost by default and for PUBLIC_URL when there is one', async () => {
    const { gateway } = await setUpSimulator({ onGet: (_path, response) => response.end('{"status":"ok"}') });
    const { port } = new URL(gateway.url);
    const byDefault = await findGateway(command(gateway.url, true), {}, silent);
    expect(byDefault).toMatchObject({ own: false, publicUrl: `http://localhost:${port}` });
    const behindTunnel = await findGateway(
      command(gateway.url, true),
      {
        PUBLIC_URL: 'https://shop.example',
      },
      silent,
    );
    expect(behindTunnel.publicUrl).toBe('https://shop.example');
  });
});

describe('untilReady', () => {
  it('waits for what a gateway lacks, and names it when that does not come', async () => {
    let answer = { status: 'degraded', missing: ['database'] as string[] | undefined };
    const { gateway } = await setUpSimulator({
      onGet: (_path, response) => response.end(JSON.stringify(answer)),
    });
    await expect(untilReady(gateway.url, 1000)).rejects.toThrow(
      `The gateway at ${gateway.url} is still degraded after 1 s, without database.`,
    );
    const ready = untilReady(gateway.url);
    answer = { status: 'ok', missing: undefined };
    await expect(ready).resolves.toBeUndefined();
  });
});
