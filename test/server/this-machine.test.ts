import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type Foreign, foreignTo, isForwardingHeader } from '../../src/server/this-machine.js';
import {
  FOREIGN_HOSTS,
  FOREIGN_PAGES,
  FORWARDING_HEADERS,
  LOCAL_HOSTS,
  USUAL_HEADERS,
} from '../support/foreign-requests.js';
import { rawRequest } from '../support/raw-request.js';

const OWN = 'Host: localhost:3000';

/** What the rule says of a request as it comes in over a socket. */
async function judged(lines: string[], { target = '/', origin = 'http://localhost:3000' } = {}) {
  const seen: (Foreign | null)[] = [];
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    seen.push(foreignTo(request, origin));
    response.end();
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const { status } = await rawRequest(`http://127.0.0.1:${port}`, [`GET ${target} HTTP/1.1`, ...lines]);
  // What Node refuses itself reaches nothing of ours.
  return status === 400 ? 'refused by Node' : seen[0];
}

it.each(LOCAL_HOSTS)('a request of this machine to the host %s is its own', async (host) => {
  expect(await judged([`Host: ${host}`])).toBe(null);
});

it.each(FOREIGN_HOSTS)('the host %j is no name of this machine', async (host) => {
  expect(await judged([`Host: ${host}`])).toBe('host');
});

it('a request without a host is not known to be meant for this machine', async () => {
  expect(await judged([])).toBe('host');
});

it('of two hosts, in two headers or in header and target, each must be local', async () => {
  expect(await judged([OWN, 'Host: evil.example.com'])).not.toBe(null);
  expect(await judged([OWN], { target: 'http://evil.example.com/' })).toBe('host');
  expect(await judged([OWN], { target: 'http://localhost:3000/' })).toBe(null);
});

it.each(FORWARDING_HEADERS)('a request with %s has been passed on', async (header) => {
  expect(await judged([OWN, `${header}: 127.0.0.1`])).toBe('forwarded');
});

it('a forwarding header counts without a value too', async () => {
  expect(await judged([OWN, 'X-Forwarded-For:'])).toBe('forwarded');
});

it.each(USUAL_HEADERS)('%s says nothing of a proxy', (header) => {
  expect(isForwardingHeader(header.toLowerCase())).toBe(false);
});

it.each(FOREIGN_PAGES)('%s: %s is a page of another site', async (name, value) => {
  expect(await judged([OWN, `${name}: ${value}`])).toBe('cross_site');
});

it.each([
  ['Origin', 'http://localhost:3000'],
  ['Origin', 'http://LOCALHOST:3000'],
  ['Sec-Fetch-Site', 'same-origin'],
  ['Sec-Fetch-Site', 'none'],
])('%s: %s is the page of the gateway itself', async (name, value) => {
  expect(await judged([OWN, `${name}: ${value}`])).toBe(null);
});

it.each(['https://voice.example.com', 'http://192.168.1.5:3000', 'http://gateway:3000'])(
  'nothing is of this machine alone while the public address is %s',
  async (origin) => {
    expect(await judged([OWN], { origin })).toBe('public_url');
  },
);
