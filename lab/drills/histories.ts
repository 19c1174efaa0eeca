import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.js';
import { faultsOf } from '../../test/support/session-history.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { OneHistory } from './one-history.js';
import { OwnerProcess } from './owner-process.js';

const HISTORIES = 1_000;
const AT_ONCE = 100;
const PROCESSES = 3;
const COMMAND_TIMEOUT_MS = 200;
const LONGEST_STALL_MS = 700;

export const topic: Drill = {
  title: `${HISTORIES} histories of one session each: ${PROCESSES} processes own it by turns and stand still, 8 others update it`,
  async drill() {
    const server = await RedisServer.start();
    const redis = new Redis(server.url);
    try {
      return rowsOf(await histories(server.port, redis));
    } finally {
      redis.disconnect();
      await server.stop();
    }
  },
};

interface Sums {
  readonly problems: string[];
  readonly faults: string[];
  writes: number;
  unknown: number;
  reads: number;
  takeovers: number;
}

async function histories(port: number, redis: Redis): Promise<Sums> {
  const sums: Sums = { problems: [], faults: [], writes: 0, unknown: 0, reads: 0, takeovers: 0 };
  for (let done = 0; done < HISTORIES; done += AT_ONCE) {
    const starting = Array.from({ length: PROCESSES }, () => OwnerProcess.start(port, COMMAND_TIMEOUT_MS));
    const processes = await Promise.all(starting);
    const all = Array.from({ length: AT_ONCE }, (_, n) => new OneHistory(`CA-${done + n}`, processes, redis));
    try {
      await together(all, processes);
    } finally {
      await Promise.all(processes.map((each) => each.stop()));
    }
    for (const each of all) add(sums, each);
  }
  return sums;
}

async function together(all: readonly OneHistory[], processes: readonly OwnerProcess[]): Promise<void> {
  await untilUsable(processes);
  await Promise.all(all.map((each) => each.begin()));
  const over = new AbortController();
  const stalling = Promise.all(processes.map((each) => stalls(each, over.signal)));
  await Promise.all(all.map((each) => each.run()));
  over.abort();
  await stalling;
  await untilUsable(processes);
  await Promise.all(all.map((each) => each.settle()));
}

/** Now and then the process stands still, or the bytes it sends, or those it gets; or its connection breaks. */
async function stalls(process: OwnerProcess, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(Math.random() * 2_000);
    const ms = Math.random() * LONGEST_STALL_MS;
    const what = Math.floor(Math.random() * 4);
    if (what === 0) process.pause();
    else if (what === 1) process.network.hold('toServer');
    else if (what === 2) process.network.hold('toClient');
    else process.network.reset();
    await pause(ms);
    process.resume();
    process.network.release('toServer');
    process.network.release('toClient');
  }
}

async function untilUsable(processes: readonly OwnerProcess[]): Promise<void> {
  for (const process of processes)
    while (!(await process.wrote({ callSid: 'CA-usable', do: 'is usable' }))) await pause(20);
}

function add(sums: Sums, history: OneHistory): void {
  const { writes, reads, problems } = history;
  sums.problems.push(...problems);
  sums.faults.push(...faultsOf(history));
  sums.writes += writes.length;
  sums.unknown += writes.filter(({ end }) => end === null).length;
  sums.reads += reads.length;
  sums.takeovers +=
    new Set(writes.filter(({ part, end }) => part === 'owner' && end !== null).map(({ by }) => by)).size - 1;
}

function rowsOf({ problems, faults, writes, unknown, reads, takeovers }: Sums): DrillRow[] {
  const fault = `${HISTORIES} histories, processes and networks stand still`;
  const some = (all: readonly string[]) => `${all.length}, e.g. ${[...new Set(all)].slice(0, 3).join('; ')}`;
  return [
    {
      fault,
      required: 'each explained by one order: no update lost, no old owner wins',
      seen:
        faults.length === 0
          ? `${writes} writes (${unknown} of unknown outcome), ${reads} reads`
          : some(faults),
      held: faults.length === 0 && unknown > 0,
    },
    {
      fault,
      required: 'one owner at the end, who holds what is stored; no ended call comes back',
      seen: problems.length === 0 ? `${takeovers} takeovers` : some(problems),
      held: problems.length === 0 && takeovers > 0,
    },
  ];
}
