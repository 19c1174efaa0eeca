import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ask, isSignedIn, reach, received } from '../../../src/web/shell/api.js';

const UNREACHABLE = { status: 0, message: expect.stringMatching(/^The gateway cannot be reached\./) };

/** The address of a gateway that answers so. */
async function gateway(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return `http://127.0.0.1:${address.port}/`;
}

describe('what the page asks the gateway', () => {
  test('is sent as JSON, and a file packed, under its own type', async () => {
    const address = await gateway(async (request, response) => {
      const body = await buffer(request);
      const isPacked = request.headers['content-encoding'] === 'gzip';
      const text = (isPacked ? gunzipSync(body) : body).toString();
      response.end(JSON.stringify({ type: request.headers['content-type'], isPacked, text }));
    });
    const asked = (body: unknown) => ask(address, { method: 'POST', body });
    expect(await asked({ a: 1 })).toEqual({ type: 'application/json', isPacked: false, text: '{"a":1}' });
    const file = new Blob(['a,b\n1,2\n'], { type: 'text/csv' });
    expect(await asked(file)).toEqual({ type: 'text/csv', isPacked: true, text: 'a,b\n1,2\n' });
  });

  test('is refused with the sentence of the gateway, and with what else it says', async () => {
    const answer = { error: 'A row is wrong.', rows: [] };
    const address = await gateway((_, response) => response.writeHead(400).end(JSON.stringify(answer)));
    await expect(ask(address)).rejects.toMatchObject({ message: 'A row is wrong.', status: 400, answer });
  });

  test('is refused with its status by what answers without a sentence', async () => {
    const address = await gateway((_, response) => response.writeHead(408).end());
    await expect(reach(address, {})).rejects.toMatchObject({
      message: 'The gateway answered with status 408.',
      status: 408,
    });
  });

  test.each<[string, RequestListener]>([
    ['before the answer', (request) => request.socket.destroy()],
    [
      'in the midst of the answer',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 100 }).write('{"a"');
        response.socket?.end();
      },
    ],
    ['with an answer that is no JSON', (_, response) => response.end('<html>')],
  ])('is told in a sentence when the connection ends %s', async (_when, answer) => {
    await expect(ask(await gateway(answer))).rejects.toMatchObject(UNREACHABLE);
  });

  test('is told in a sentence when a list breaks off', async () => {
    const address = await gateway((_, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('a,b');
      response.socket?.end();
    });
    const response = await reach(address, {});
    await expect(received(response.blob())).rejects.toMatchObject(UNREACHABLE);
  });

  test('is told in a sentence when a question is not answered; a change may take its time', async () => {
    const times: AbortController[] = [];
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const time = new AbortController();
      times.push(time);
      return time.signal;
    });
    onTestFinished(() => spy.mockRestore());
    const address = await gateway(({ method }, response) => {
      if (method === 'PATCH') response.end('{}');
      else times[0]?.abort(new DOMException('The time is over.', 'TimeoutError'));
    });
    await expect(ask(address)).rejects.toMatchObject(UNREACHABLE);
    await ask(address, { method: 'PATCH', body: {} });
    expect(times).toHaveLength(1);
  });

  test('shows the sign-in when the gateway wants the token', async () => {
    onTestFinished(() => {
      isSignedIn.value = true;
    });
    await expect(reach(await gateway((_, response) => response.writeHead(401).end()), {})).rejects.toThrow();
    expect(isSignedIn.value).toBe(false);
  });

  test('ends without a sentence when nobody waits for it any more', async () => {
    const ending = new AbortController();
    const address = await gateway(() => ending.abort());
    await expect(ask(address, { signal: ending.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
