import { expect, it } from 'vitest';
import { hostAndPort } from '../../src/core/host-and-port.js';

it.each([
  ['127.0.0.1', '127.0.0.1:3000'],
  ['localhost', 'localhost:3000'],
  ['::1', '[::1]:3000'],
  ['2001:db8::1', '[2001:db8::1]:3000'],
])('a port at %s is written as in a URL', (host, written) => {
  expect(hostAndPort(host, 3000)).toBe(written);
  expect(new URL(`http://${written}`).host).toBe(written);
});
