import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FRONT_DESK_ADDRESSES } from '../src/server/routes/front-desk.js';
import { OPERATIONS } from '../src/server/routes/openapi.js';
import { MEDIA_PATH, WEBHOOK_PATHS } from '../src/twilio/paths.js';
import { findProgram } from './support/programs.js';

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
  '/today',
  '/customers',
  '/customers/1',
  '/calls/CA0123456789abcdef0123456789abcdef',
  '/figures',
  '/shop',
  '/phone',
  '/assets/index-C0ffee.js',
  '/calendar/rLTW0dhmXWyBQTvVH0mJxzNpxKqU9cVc.ics',
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

it('Caddy passes on every address that the gateway serves, but for health and metrics', () => {
  const paths = OPERATIONS.map(({ path }) => path);
  const served = [...FRONT_DESK_ADDRESSES, ...paths, ...WEBHOOK_PATHS, `${MEDIA_PATH}abc`];
  const inside = ['/health', '/health/redis', '/health/ready', '/metrics'];
  expect(served.filter((path) => !isForwarded(path))).toEqual(inside);
});

it.each(['SECURITY.md', 'docs/deployment.md'])(
  '%s names every folder that a proxy has to pass on',
  (page) => {
    const patterns = forwarded.trim().split(/\s+/);
    const folders = patterns.flatMap((pattern) => /^(.+)\/\*$/.exec(pattern)?.[1] ?? []);
    const named = folders.filter((folder) => !patterns.includes(folder)).map((folder) => `\`${folder}/\``);
    expect(named).toContain('`/calendar/`');
    const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
    expect(named.filter((folder) => !text.includes(folder))).toEqual([]);
  },
);

it('what is on no list is not found, and nothing is passed on but by the list', () => {
  expect(text.match(/reverse_proxy/g)).toHaveLength(1);
  expect(text).toMatch(/handle @forwarded \{\s*reverse_proxy/);
  expect(text).toMatch(/handle \{\s*respond 404\s*\}/);
});

// In CI Caddy is there: test/support/global-setup.ts refuses to begin without it.
it.skipIf(findProgram(['caddy']) === null).each([
  ['as it is', {}],
  ['with the empty settings of the containers', { CADDY_TLS: '', CADDY_STREAMS: '' }],
  [
    'with a certificate of one’s own and a balancer elsewhere',
    { CADDY_TLS: 'tls internal', BALANCER: 'balancer:8080', PUBLIC_URL: 'https://voice.example.test' },
  ],
])('Caddy reads the file %s', (_, settings) => {
  const env: NodeJS.ProcessEnv = { PATH: process.env.PATH, HOME: '/tmp', ...settings };
  const args = ['adapt', '--config', 'Caddyfile', '--adapter', 'caddyfile'];
  const config = execFileSync('caddy', args, { env, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
  expect(config).toContain(`"dial":"${env.BALANCER ?? '127.0.0.1:8080'}"`);
});
