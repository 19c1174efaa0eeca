import { setTimeout as pause } from 'node:timers/promises';
import { createServerDatabase } from '../../test/support/test-database.js';
import { seededRandom } from '../bench/noise-random.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookLook, type Told } from './bookings-told.js';
import { testDatabaseUrl } from './shared-shop.js';
import { type BrokenCall, type PlannedCall, placeCall, planCalls } from './talking-calls.js';
import { SharedVoice } from './talking-rig.js';

const CALLS = Number(process.env.TALKING_CALLS ?? 200);
const SEED = Number(process.env.TALKING_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 10;
/** Gateways that start take the event loop for a while. */
const APART_MS = 1500;
const SILENCE_MS = 2500;
/** Ticks of 20 ms on both sides, and timers of a machine that also plays the callers. */
const SLACK_MS = 250;
/** A machine that blocks the event loop for longer measures no silence: the call is placed again. */
const MOST_BLOCK_MS = 750;
const MOST_TRIES = 3;

export const topic: Drill = {
  title: `The talking agent under ${CALLS} random faults (a silence: neither side is heard, and the agent ends it or the call does; the longest block of the event loop is taken off)`,
  async drill() {
    const voice = new SharedVoice();
    process.stderr.write(`TALKING_SEED=${SEED}\n`);
    const waiting = planCalls(seededRandom(SEED), CALLS);
    const placed: Placed = { calls: [], told: [] };
    try {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) => placeRow(waiting, voice, placed, n * APART_MS)),
      );
      return [...allRows(placed), ...faultRows(placed.calls)];
    } finally {
      await voice.end();
    }
  },
};

interface Placed {
  readonly calls: BrokenCall[];
  readonly told: Told[];
}

/** One call after the other on a database of their own: a fault of it is no other call's, and nobody waits for the same bay. */
async function placeRow(
  waiting: PlannedCall[],
  voice: SharedVoice,
  placed: Placed,
  afterMs: number,
): Promise<void> {
  await pause(afterMs);
  const { url: databaseUrl, drop } = await createServerDatabase(testDatabaseUrl());
  const callSids: string[] = [];
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const call = await placeCall(next, { voice, databaseUrl });
      callSids.push(call.callSid);
      placed.calls.push(call);
      if (isUnmeasured(call) && next.tries < MOST_TRIES) waiting.push({ ...next, tries: next.tries + 1 });
      process.stderr.write(`${placed.calls.length}: ${lineOf(call)}\n`);
    }
    placed.told.push(...(await BookLook.of(databaseUrl, (book) => book.told(callSids))));
  } finally {
    await drop();
  }
}

/** What it was longer than allowed, ms. */
function excessMs(call: BrokenCall): number {
  return isUnmeasured(call) ? 0 : call.waitMs - SILENCE_MS - SLACK_MS - call.blockMs;
}

/** The silence was the machine's. All else is looked at. */
function isUnmeasured({ blockMs }: BrokenCall): boolean {
  return blockMs > MOST_BLOCK_MS;
}

function allRows({ calls, told }: Placed): DrillRow[] {
  const fault = `${calls.length} calls, seed ${SEED}`;
  const none = (required: string, found: readonly string[], seen = `${found.length}`): DrillRow => ({
    fault,
    required,
    seen: found.length > 0 ? `${seen}: ${found.slice(0, 5).join('; ')}` : seen,
    held: found.length === 0,
  });
  const measured = calls.filter((call) => !isUnmeasured(call));
  const waits = measured.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
  const at = (share: number) => seconds(waits[Math.floor((waits.length - 1) * share)] ?? 0);
  const ends = countOf(calls.map(({ end, outcome }) => `${outcome} (${end})`));
  const late = calls.filter((call) => excessMs(call) > 0).map(lineOf);
  const sids = (found: readonly Told[]) =>
    found.map(({ callSid }) => lineOf(calls.find((call) => call.callSid === callSid)));
  return [
    none(
      `no silence over ${SILENCE_MS} ms while the caller waits`,
      measured.length < CALLS / 2 ? [...late, 'too few calls were measured'] : late,
      `longest ${at(1)} s, median of the longest of each call ${at(0.5)} s, p95 ${at(0.95)} s; too long in ${late.length}; ${calls.length - measured.length} calls measure the machine alone`,
    ),
    none('no call is dropped', calls.filter(isDropped).map(lineOf)),
    none('nothing is booked twice', sids(told.filter(({ rows }) => rows > 1))),
    none('nothing is said to be booked that is not', sids(told.filter(isUntrue))),
    none('nothing is booked and never said', sids(told.filter(isUnsaid))),
    none(
      'each call comes to a booking or a person',
      calls.filter((call) => isFruitless(call, told)).map(lineOf),
      ends,
    ),
    none(
      'no breach of the protocol',
      calls.flatMap((call) => call.breaches.map((breach) => `${breach} (${lineOf(call)})`)),
    ),
    none('each call is in the log', told.length === calls.length ? [] : [`${told.length} are`]),
  ];
}

function isDropped({ outcome }: BrokenCall): boolean {
  return !['hangup', 'dial', 'caller-hung-up'].includes(outcome);
}

function isUntrue({ rows, heardBooked }: Told): boolean {
  return heardBooked && rows === 0;
}

function isUnsaid({ rows, heardBooked }: Told): boolean {
  return rows > 0 && !heardBooked;
}

/** Neither a person was dialled nor was it heard that the appointment is booked. */
function isFruitless({ callSid, end }: BrokenCall, told: readonly Told[]): boolean {
  return end !== 'person' && !told.some((call) => call.callSid === callSid && call.heardBooked);
}

function faultRows(calls: readonly BrokenCall[]): DrillRow[] {
  const names = [...new Set(calls.map(({ fault }) => fault.name))].sort();
  return names.map((name) => {
    const own = calls.filter(({ fault }) => fault.name === name);
    const longest = (
      own.some((call) => !isUnmeasured(call)) ? own.filter((call) => !isUnmeasured(call)) : own
    ).reduce((worst, call) => (call.waitMs > worst.waitMs ? call : worst));
    return {
      fault: name,
      required: `no silence over ${SILENCE_MS} ms while the caller waits`,
      seen: [
        `${own.length} calls, ${own.filter(({ isLasting }) => isLasting).length} lastingly, in time in ${own.filter(({ happened }) => happened).length}`,
        `longest silence ${seconds(longest.waitMs)} s`,
        countOf(own.map(({ agents }) => agents)),
      ].join('; '),
      held: own.every((call) => excessMs(call) <= 0),
    };
  });
}

function countOf(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function lineOf(call: BrokenCall | undefined): string {
  if (!call) return 'an unknown call';
  const { number, fault, isLasting, atMs, waitMs, blockMs, end, outcome, agents, waitAtMs, problem } = call;
  return `no. ${number}, ${fault.name}${isLasting ? ' lastingly' : ''} at ${seconds(atMs)} s: silence ${seconds(waitMs)} s from ${seconds(waitAtMs)} s (block ${blockMs} ms), ${agents}, ${outcome} (${end}) ${problem}`;
}
