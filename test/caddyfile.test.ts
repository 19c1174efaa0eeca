import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const text = readFileSync(new URL('../Caddyfile', import.meta.url), 'utf8').replace(/^\s*#.*$/gm, '');
const [, forwarded = ''] = /@forwarded path (.+)/.exec(text) ?? [];

/** As Caddy's path matcher does it: case does not matter, a star at the end is a prefix, all else is the whole path. */
function isForwarded(path: string): boolean {
  const matches = (pattern: string) =>
    pattern.endsWith('*')
      ? path.toLowerCase().startsWith(pattern.slice(0, -1))
      : path.toLowerCase() === pattern;
  return forwarded.trim().split(/\s+/).some(matches);
}

it.each([
  '/',
  '/api/shop',
  '/api/customers/1/vehicles',
  '/assets/front-desk.css',
  '/assets/front-desk.js',
  '/twilio/voice',
  '/twilio/voice/next',
  '/twilio/stream-status',
  '/twilio/call-status',
  '/twilio/media/abc',
])('Caddy passes %s on', (path) => {
  expect(isForwarded(path)).toBe(true);
});

it.each([
  '/metrics',
  '/metrics/',
  '/METRICS',
  '/health',
  '/health/',
  '/health/redis',
  '/health/ready',
  '/apis',
  '/api',
  '/twilio',
  '/index.html',
  '/.env',
  '/debug',
])('Caddy answers %s itself', (path) => {
  expect(isForwarded(path)).toBe(false);
});

it('what is on no list is not found, and nothing is passed on but by the list', () => {
  expect(text.match(/reverse_proxy/g)).toHaveLength(1);
  expect(text).toMatch(/handle @forwarded \{\s*reverse_proxy/);
  expect(text).toMatch(/handle \{\s*respond 404\s*\}/);
});
