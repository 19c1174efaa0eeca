import { posix } from 'node:path';

/** The floors of the house; a room is a folder of `src/` or, at its root, a file. */
const FLOORS: Readonly<Record<string, number>> = {
  'config.ts': 0,
  'agent-settings.ts': 0,
  'setting-forms.ts': 0,
  'settings.ts': 0,
  'store-arguments.ts': 0,
  core: 0,
  audio: 1,
  twilio: 2,
  redis: 2,
  database: 2,
  shop: 3,
  sessions: 4,
  customers: 4,
  appointments: 4,
  'call-log': 4,
  'stream-ledger': 4,
  recordings: 4,
  privacy: 4,
  speech: 4,
  desk: 5,
  agents: 6,
  calls: 7,
  line: 8,
  server: 9,
  'gateway.ts': 10,
  'wiring.ts': 10,
  'speech-wiring.ts': 10,
  'agents-wiring.ts': 10,
  'privacy-wiring.ts': 10,
  'counter-wiring.ts': 10,
  'recordings-wiring.ts': 10,
  'index.ts': 10,
  'store-options.ts': 10,
  'program.ts': 11,
  'main.ts': 12,
};

const PACKAGES = ['packages/realtime-simulator', 'packages/twilio-simulator'];

/** The front desk page: it runs in a browser, and of the gateway's rooms has only pure code to share. */
const WEB = 'src/web';
const SHARED_WITH_WEB = /^src\/audio\/[^/]+$/;
/** The answers of the API have one home, the operations in its routes: the page takes their types. */
const TYPES_FOR_WEB = /^src\/server\/routes\/[^/]+$/;

/** The trees beside `src/`, and which others each may use. `src/` itself uses none of them. */
const TREES: Readonly<Record<string, readonly string[]>> = {
  [WEB]: [],
  'packages/realtime-simulator': [],
  'packages/twilio-simulator': [],
  tools: ['src', ...PACKAGES],
  examples: ['src', ...PACKAGES],
  lab: ['src', ...PACKAGES, 'tools'],
};

/** The files here wire the house together: they alone build adapters. */
const COMPOSITION_FLOOR = 10;

/** `src/calls/call.ts` is in `calls`, `tools/replay/replay.ts` in `tools`; floor 0 is one room, and so is the composition root. */
export function roomOf(file: string): string {
  const tree = treeOf(file);
  if (tree !== 'src') return tree;
  const first = firstPart(file);
  if (FLOORS[first] === 0) return 'core';
  return isCompositionRoot(file) ? 'composition root' : first;
}

export function isCompositionRoot(file: string): boolean {
  return treeOf(file) === 'src' && floorOf(file) === COMPOSITION_FLOOR;
}

/** `src`, or one of the trees beside it. */
export function treeOf(file: string): string {
  return Object.keys(TREES).find((tree) => file.startsWith(`${tree}/`)) ?? 'src';
}

/** The floor of a file of `src/`, or `null` when its room is not part of the house (a new one). */
export function floorOf(file: string): number | null {
  return FLOORS[firstPart(file)] ?? null;
}

/** Why `from` may not import `to` (only its types: `isType`), or `null` when it may. */
export function importFault(from: string, to: string, isType: boolean): string | null {
  const [tree, otherTree] = [treeOf(from), treeOf(to)];
  if (tree === WEB && (SHARED_WITH_WEB.test(to) || (isType && TYPES_FOR_WEB.test(to)))) return null;
  if (tree !== otherTree)
    return (TREES[tree] ?? []).includes(otherTree) ? null : `${tree}/ may not use ${otherTree}/`;
  if (tree !== 'src') return null;
  const [own, other] = [floorOf(from), floorOf(to)];
  if (own === null) return `${from} is in no room of the house`;
  if (other === null) return `${to} is in no room of the house`;
  if (roomOf(from) === roomOf(to)) return null;
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
