import { posix } from 'node:path';

/** The floors of the house; a room is a folder of `src/` or, at its root, a file. */
const FLOORS: Readonly<Record<string, number>> = {
  'config.ts': 0,
  'env-file.ts': 0,
  'logger.ts': 0,
  'log-sampler.ts': 0,
  'crew-metrics.ts': 0,
  'log-output.ts': 0,
  'log-descriptor.ts': 0,
  'process-end.ts': 0,
  'errors.ts': 0,
  'metrics.ts': 0,
  'event-loop.ts': 0,
  'json-object.ts': 0,
  'loopback.ts': 0,
  'opening-hours.ts': 0,
  'opening-span.ts': 0,
  'redis-url.ts': 0,
  'database-url.ts': 0,
  'recent-map.ts': 0,
  'store-arguments.ts': 0,
  'worker-thread.ts': 0,
  audio: 1,
  twilio: 2,
  redis: 2,
  database: 2,
  sessions: 3,
  customers: 3,
  appointments: 3,
  'call-log': 3,
  'stream-ledger': 3,
  recordings: 3,
  speech: 3,
  desk: 4,
  agents: 5,
  simulator: 5,
  calls: 6,
  server: 7,
  workers: 7,
  'gateway.ts': 8,
  'gateway-stores.ts': 8,
  'index.ts': 8,
  'store-options.ts': 8,
  'replayed-line.ts': 8,
  'replay-voice-folder.ts': 8,
  'main.ts': 9,
  cli: 9,
};

/** The simulator is an outside client: it may know the wire, never the gateway that it calls. */
const SIMULATOR_SEES_UP_TO = 3;

/** The files here wire the house together: they alone build adapters. */
const COMPOSITION_FLOOR = 8;

/** `src/calls/call.ts` is in `calls`; the files of floor 0, and those of the composition root, share a room. */
export function roomOf(file: string): string {
  const first = firstPart(file);
  if (FLOORS[first] === 0) return 'ground';
  return isCompositionRoot(file) ? 'composition root' : first;
}

export function isCompositionRoot(file: string): boolean {
  return floorOf(file) === COMPOSITION_FLOOR;
}

/** The floor of a source file, or `null` when its room is not part of the house (`web/`, or a new one). */
export function floorOf(file: string): number | null {
  return FLOORS[firstPart(file)] ?? null;
}

/** Why `from` may not import `to`, or `null` when it may. */
export function importFault(from: string, to: string): string | null {
  const [own, other] = [floorOf(from), floorOf(to)];
  if (own === null) return `${from} is in no room of the house`;
  if (other === null) return `${to} is in no room of the house`;
  if (roomOf(from) === roomOf(to)) return null;
  if (roomOf(from) === 'simulator' && other > SIMULATOR_SEES_UP_TO) {
    return `simulator/ plays an outside client and may use floors 0 to ${SIMULATOR_SEES_UP_TO} only, ${describe(to)} is on floor ${other}`;
  }
  if (other < own) return null;
  const relation = other === own ? 'beside it on the same floor' : 'above it';
  return `${describe(from)} (floor ${own}) imports ${describe(to)} (floor ${other}), ${relation}`;
}

function firstPart(file: string): string {
  return posix.relative('src', file).split('/', 1)[0] ?? '';
}

function describe(file: string): string {
  const room = firstPart(file);
  return room.endsWith('.ts') ? room : `${room}/`;
}
