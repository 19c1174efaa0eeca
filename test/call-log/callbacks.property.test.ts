import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import type { CallbackReason, EndedCall } from '../../src/call-log/finished-call.js';
import { silentLogger } from '../../src/core/logger.js';
import { endedCall } from '../support/finished-call.js';
import { runs } from '../support/property-runs.js';
import { DATABASE_KINDS, emptyTables } from '../support/test-database.js';

const NUMBERS = ['+15125550120', '+15125550121', '+15125550122', 'anonymous'] as const;

/** How a call can end. `dial`: what came of the person who was dialled. */
interface Ending {
  readonly call: Partial<EndedCall>;
  readonly reason: CallbackReason | null;
  readonly dial?: string;
}

const ENDINGS: readonly Ending[] = [
  { call: { outcome: 'booked' }, reason: null },
  { call: { outcome: 'completed' }, reason: null },
  { call: { outcome: 'hung_up', intent: 'shop_info' }, reason: null },
  { call: { outcome: 'abandoned', intent: null }, reason: null },
  { call: { outcome: 'completed', intent: null }, reason: null },
  // Staff ended it.
  { call: { outcome: 'completed', path: 'greeting>booking' }, reason: null },
  { call: { outcome: 'hung_up' }, reason: 'dropped_off' },
  { call: { outcome: 'completed' }, reason: 'dropped_off' },
  { call: { outcome: 'booked' }, reason: 'unconfirmed_booking' },
  { call: { outcome: 'failed' }, reason: 'failed' },
  { call: { outcome: 'callback_requested' }, reason: 'requested' },
  { call: { outcome: 'callback_requested' }, reason: 'requested', dial: 'busy' },
  { call: { outcome: 'transferred' }, reason: 'no_person_answered', dial: 'no-answer' },
  { call: { outcome: 'transferred' }, reason: 'no_person_answered', dial: 'canceled' },
  { call: { outcome: 'transferred' }, reason: 'no_person_answered', dial: 'completed' },
  { call: { outcome: 'failed' }, reason: 'no_person_answered', dial: 'answered' },
];

const oneCall = fc.record({
  number: fc.constantFrom(...NUMBERS),
  ending: fc.constantFrom(...ENDINGS),
  /** It began so many minutes before it ended: others of the number may go on meanwhile. */
  minutes: fc.nat({ max: 5 }),
  /** So often each of the two gateways records it, and is told what came of dialling. */
  recorded: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
  told: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
});
type OneCall = typeof oneCall extends fc.Arbitrary<infer T> ? T : never;

const kind = DATABASE_KINDS.at(-1);
if (kind === undefined) throw new Error('there is no database to test with');
const { database, drop } = await kind.create();
afterAll(drop);

test('every caller who was not served is on the list once, and nobody who was, in whatever order it becomes known', async () => {
  const calls = fc.array(oneCall, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(calls, fc.infiniteStream(fc.nat()), async (happened, order) => {
      await emptyTables(database);
      const logs = [0, 1].map(() => new CallLog({ database, logger: silentLogger() }));
      const events = happened.flatMap((call, n) => eventsOf(call, n, logs));
      for (const event of shuffled(events, order)) event();
      // What was told before its call was recorded is looked at again, as every minute.
      for (const _ of [1, 2]) {
        for (const log of logs) await log.claim();
        await expect.poll(() => logs.map(({ waiting }) => waiting)).toEqual([0, 0]);
      }
      const [log] = logs;
      const listed = (await log?.callbacks.list({ limit: 200 })) ?? [];
      await Promise.all(logs.map((each) => each.close()));
      const all = listed.map(({ call_sid }) => call_sid);
      expect(new Set(all).size).toBe(all.length);
      const open = listed.filter(({ status }) => status === 'open').map(({ call_sid }) => call_sid);
      expect(open.sort()).toEqual(unserved(happened));
      for (const { call_sid, reason } of listed) expect(reason).toBe(happened[nOf(call_sid)]?.ending.reason);
    }),
    { numRuns: runs(100) },
  );
}, 300_000);

const sidOf = (n: number) => `CA${String(n).padStart(2, '0')}`;
const nOf = (callSid: string) => Number(callSid.slice(2));

/** One ends a minute, and no two begin at the same time: so it is known which is later. */
const endedAt = (n: number) => new Date(Date.UTC(2026, 2, 2, 15, n, 30));
const startedAt = (n: number, { minutes }: OneCall) =>
  new Date(endedAt(n).getTime() - 60_000 * minutes - 1000 * (12 - n));

function eventsOf(each: OneCall, n: number, logs: readonly CallLog[]): (() => void)[] {
  const { number, ending, recorded, told } = each;
  const { call, reason, dial } = ending;
  const canBeRung = number !== 'anonymous';
  const due = reason && { reason, urgent: false, summary: '', is_dialled: dial !== undefined };
  const callback = canBeRung ? due : null;
  const times = { started_at: startedAt(n, each).toISOString(), ended_at: endedAt(n).toISOString() };
  const ended = endedCall(sidOf(n), { ...call, ...times, caller_phone: number, callback });
  const result = {
    call_sid: sidOf(n),
    caller_phone: number,
    can_be_rung: canBeRung,
    dial_status: dial ?? '',
    time: times.ended_at,
  };
  // Each happens at one of the two at least.
  const often = (at: readonly [number, number]) => (at[0] + at[1] === 0 ? [1, 0] : at);
  const repeat = (at: readonly [number, number], act: (log: CallLog) => void) =>
    logs.flatMap((log, gateway) => Array.from({ length: often(at)[gateway] ?? 0 }, () => () => act(log)));
  return [
    ...repeat(recorded, (log) => log.record(ended)),
    ...(dial === undefined
      ? []
      : repeat(told, (log) => log.dialled({ ...result, time: new Date().toISOString() }))),
  ];
}

/** By the rules alone: not served, and not by a later call of the same number either. */
function unserved(calls: readonly OneCall[]): string[] {
  const isAnswered = ({ ending: { dial } }: OneCall) => dial === 'completed' || dial === 'answered';
  const endedWell = (call: OneCall) => {
    const { reason, call: of } = call.ending;
    if (isAnswered(call)) return true;
    const heardGoodbye = of.outcome === 'completed' && of.intent !== null && of.path === undefined;
    return reason === null && (of.outcome === 'booked' || heardGoodbye);
  };
  return calls.flatMap((call, n) => {
    const later = calls.filter(
      (each, m) => each.number === call.number && startedAt(m, each) > startedAt(n, call),
    );
    const isOpen = call.ending.reason !== null && !isAnswered(call) && !later.some(endedWell);
    return isOpen && call.number !== 'anonymous' ? [sidOf(n)] : [];
  });
}

function shuffled<T>(all: readonly T[], order: fc.Stream<number>): T[] {
  const keys = [...order.take(all.length)];
  return all
    .map((each, n) => ({ each, key: keys[n] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ each }) => each);
}
