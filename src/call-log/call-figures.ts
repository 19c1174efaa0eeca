import type { Database } from '../database/database.js';
import { dateOf } from '../database/shop-time.js';
import { type CountedPath, dropOffOf, share, transitionsOf } from './counted-paths.js';
import { type FigurePeriod, figurePeriod } from './figure-period.js';
import {
  type CallGroup,
  type CallQuantiles,
  type CallsOfTime,
  countCalls,
  type LatencyKind,
} from './figure-queries.js';
import { CALL_OUTCOMES } from './finished-call.js';

export interface FiguresQuery {
  /** `YYYY-MM-DD` in the shop's zone, both included; {@link figurePeriod} says what is meant when they are absent. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timezone: string;
  /** Calls that were made to try the line count, too. */
  readonly withTests: boolean;
}

/** The outcomes of calls of which nothing came. */
const UNFINISHED: readonly string[] = ['hung_up', 'abandoned', 'failed'];
const TRANSFERRING = 'transferring';

/** What the calls of some days come to. Shares are from 0 to 1; they and all means are null without calls. */
export type CallFigures = Awaited<ReturnType<typeof countFigures>>;

/**
 * Reads figures of the finished calls, counted by the database. Who asks for what is being counted gets the same answer: however many look at it, the
 * calls have connections left. Rejects as {@link Database} does, and with `BAD_REQUEST` for days that are none.
 */
export function figureReader(database: Database, clock: () => Date = () => new Date()) {
  const asked = new Map<string, Promise<CallFigures>>();
  return async (query: FiguresQuery): Promise<CallFigures> => {
    const period = figurePeriod(query, query.timezone, clock());
    const key = JSON.stringify([period.firstHour, period.endHour, query.timezone, query.withTests]);
    const counting = asked.get(key) ?? countFigures(database, period, query).finally(() => asked.delete(key));
    asked.set(key, counting);
    return counting;
  };
}

async function countFigures(database: Database, period: FigurePeriod, { timezone, withTests }: FiguresQuery) {
  const counted = await database.transaction((sql) => countCalls(sql, period, withTests));
  const [from = '', to = ''] = [period.days[0], period.days.at(-1)];
  const { times, groups: alike, quantiles } = counted;
  return {
    from,
    to,
    timezone,
    ...byTime(period, times),
    ...totals(alike, quantiles),
    ...pathsOf(alike),
    outcomes: outcomesOf(alike),
    latency: latencyOf(quantiles),
    by_agent: byAgent(alike),
  };
}

/** Every day of the period, and all 24 hours by the clock of the shop: an hour that it shows twice is one. */
function byTime({ days }: FigurePeriod, times: readonly CallsOfTime[]) {
  const counts = new Map(times.map(({ day, hour, calls }) => [day === null ? hour : dateOf(day), calls]));
  return {
    by_day: days.map((day) => ({ day, calls: counts.get(day) ?? 0 })),
    by_hour: Array.from({ length: 24 }, (_, hour) => ({ hour, calls: counts.get(hour) ?? 0 })),
  };
}

function totals(alike: readonly CallGroup[], quantiles: Partial<CallQuantiles>) {
  const sum = (of: (group: CallGroup) => number) => alike.reduce((total, group) => total + of(group), 0);
  const count = (holds: (group: CallGroup) => boolean) => sum((group) => (holds(group) ? group.calls : 0));
  const calls = count(() => true);
  const interruptions = sum((group) => group.interruptions);
  const [median = null, p90 = null] = quantiles.duration ?? [];
  const mean = calls === 0 ? null : Math.round(sum((group) => group.duration_ms) / calls);
  return {
    calls,
    duration_ms: { mean, median, p90 },
    booked_share: share(count(isBooked), calls),
    after_hours_share: share(
      count((group) => group.after_hours),
      calls,
    ),
    interruptions: { total: interruptions, per_call: share(interruptions, calls) },
    transfers: { asked: count(isTransfer), answered: count((group) => group.answered) },
  };
}

function isBooked({ outcome }: CallGroup): boolean {
  return outcome === 'booked';
}

function isTransfer({ asked, outcome, path }: CallGroup): boolean {
  return asked || outcome === 'transferred' || statesOf(path).includes(TRANSFERRING);
}

function statesOf(path: string): string[] {
  return path === '' ? [] : path.split('>');
}

function pathsOf(alike: readonly CallGroup[]) {
  const paths = alike.map(
    ({ path, outcome, calls }): CountedPath => ({
      states: statesOf(path),
      isUnfinished: UNFINISHED.includes(outcome),
      calls,
    }),
  );
  return { transitions: transitionsOf(paths), drop_off: dropOffOf(paths) };
}

/** Every outcome that there is, and those that a newer gateway may have written. */
function outcomesOf(alike: readonly CallGroup[]): Record<string, number> {
  const counts = new Map<string, number>(CALL_OUTCOMES.map((outcome) => [outcome, 0]));
  for (const { outcome, calls } of alike) counts.set(outcome, (counts.get(outcome) ?? 0) + calls);
  return Object.fromEntries(counts);
}

/** So long (ms) half of the calls waited at most, and 95 of 100; null when nothing of the kind was measured. Each call counts with its median. */
function latencyOf(quantiles: Partial<CallQuantiles>) {
  const waited = (kind: LatencyKind) => {
    const [p50 = null, p95 = null] = quantiles[kind] ?? [];
    return { p50, p95 };
  };
  return {
    greeting_ms: waited('greeting_ms'),
    response_ms: waited('response_ms'),
    interruption_ms: waited('interruption_ms'),
    model_ms: waited('model_ms'),
    mark_lag_ms: waited('mark_lag_ms'),
  };
}

/** The busiest first; `agent` is null where nobody had the call or it is not known. */
function byAgent(alike: readonly CallGroup[]) {
  const found = new Map<string | null, { calls: number; booked: number }>();
  for (const group of alike) {
    const { calls, booked } = found.get(group.agent) ?? { calls: 0, booked: 0 };
    found.set(group.agent, {
      calls: calls + group.calls,
      booked: booked + (isBooked(group) ? group.calls : 0),
    });
  }
  return [...found]
    .map(([agent, { calls, booked }]) => ({ agent, calls, booked_share: share(booked, calls) }))
    .sort((a, b) => b.calls - a.calls || (a.agent ?? '').localeCompare(b.agent ?? ''));
}
