import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { GatewayProcess } from '../../test/support/gateway-process.js';

/** Bytes, after the garbage was collected twice. */
const Memory = z.object({
  heapUsed: z.number(),
  external: z.number(),
  arrayBuffers: z.number(),
  rss: z.number(),
});
const Counts = z.record(z.string(), z.number());
/** What a gateway's own process tells of itself. */
const Reading = z.object({
  memory: Memory,
  /** Resources that are active, objects that live, and listeners of the process, each under its name. */
  counts: Counts,
});

export type Memory = z.infer<typeof Memory>;
export type Reading = z.infer<typeof Reading>;
export type Question = 'active resources' | 'memory' | 'everything' | 'stand still';

/** The module that answers in a gateway's process. */
export const PROBE = new URL('./probe.js', import.meta.url).href;

/** Longer than a call of the soak waits to be picked up: its timer must not be taken for one that stays. */
const QUIET_MS = 6000;
const QUIET_WITHIN_MS = 60_000;

/** Looking for objects makes the process itself larger: not to be asked for before {@link weigh}. */
export async function read(gateway: GatewayProcess): Promise<Reading> {
  return Reading.parse(await ask(gateway, 'everything'));
}

export async function weigh(gateway: GatewayProcess): Promise<Memory> {
  return Memory.parse(await ask(gateway, 'memory'));
}

/** The gateway's event loop is blocked for 400 ms; settles when it goes on. */
export async function standStill(gateway: GatewayProcess): Promise<void> {
  await ask(gateway, 'stand still');
}

/** Settles when nothing changes any more: connections that close take their time, calls that wait to be resumed theirs. */
export async function untilQuiet(gateway: GatewayProcess): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  const look = async () => JSON.stringify(Counts.parse(await ask(gateway, 'active resources')));
  let before = '';
  let now = await look();
  while (now !== before && performance.now() < deadline) {
    before = now;
    await pause(QUIET_MS);
    now = await look();
  }
}

/** Each count that differs, as `name before -> after`. */
export function differences(before: Reading, after: Reading): string[] {
  const names = new Set([...Object.keys(before.counts), ...Object.keys(after.counts)]);
  return [...names].flatMap((name) => {
    const [was, is] = [before.counts[name] ?? 0, after.counts[name] ?? 0];
    return was === is ? [] : [`${name} ${was} -> ${is}`];
  });
}

function ask(gateway: GatewayProcess, question: Question): Promise<unknown> {
  return gateway.ask(question);
}
