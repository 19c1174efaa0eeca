import { type SQL, sql as statement } from 'drizzle-orm';
import { calls } from '../database/call-schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { FigurePeriod } from './figure-period.js';
import { ANSWERED } from './finished-call.js';

const KINDS = {
  greeting_ms: calls.greetingMs,
  response_ms: calls.responseMs,
  interruption_ms: calls.interruptionMs,
  model_ms: calls.modelMs,
  mark_lag_ms: calls.markLagMs,
} as const;
export type LatencyKind = keyof typeof KINDS;

/** Calls that are alike in what stands here. */
export type CallGroup = {
  path: string;
  outcome: string;
  agent: string | null;
  after_hours: boolean;
  /** A person was dialled, or asked for. */
  asked: boolean;
  answered: boolean;
  calls: number;
  interruptions: number;
  duration_ms: number;
};

/** How many calls began on a day, counted from the first of January 1970, or (of all days) in an hour of the clock: the other one is null. */
export type CallsOfTime =
  | { day: number; hour: null; calls: number }
  | { day: null; hour: number; calls: number };

/** Of the duration the median and p90, of what callers waited for the median and p95; null where there is nothing. */
export type CallQuantiles = Record<LatencyKind | 'duration', readonly number[] | null>;

interface CountedCalls {
  readonly times: readonly CallsOfTime[];
  readonly groups: readonly CallGroup[];
  readonly quantiles: Partial<CallQuantiles>;
}

/** A part of the count: the other columns are null. */
type Part = {
  quantiles: Partial<CallQuantiles> | null;
  groups: CallGroup[] | null;
  times: CallsOfTime[] | null;
};

/**
 * To compile the statement takes longer than it does. Its parts are spread over the server's cores, each as a whole: a sort cannot be shared out, and a
 * scan that was shared out could not run beside the others.
 */
const APART = [
  'set local jit = off',
  ...['parallel_setup_cost', 'parallel_tuple_cost'].map((cost) => `set local ${cost} = 0`),
  ...['table', 'index'].map((kind) => `set local min_parallel_${kind}_scan_size = 715827882`),
].join('; ');

/** Within a transaction. In one statement all parts are of the same calls. */
export async function countCalls(sql: Sql, period: FigurePeriod, withTests: boolean): Promise<CountedCalls> {
  await sql.execute(APART);
  const chosen = callsOf(period, withTests);
  const parts = [...quantilesOf(chosen), groupsOf(chosen), timesOf(period, chosen)];
  const { rows } = await sql.execute<Part>(statement.join(parts, statement` union all `));
  return {
    times: rows.flatMap(({ times }) => times ?? []),
    groups: rows.flatMap(({ groups }) => groups ?? []),
    quantiles: Object.assign({}, ...rows.map(({ quantiles }) => quantiles)),
  };
}

/** The calls of the period, to stand after `from`. */
function callsOf(period: FigurePeriod, withTests: boolean): SQL {
  const { since, until, firstHour, endHour, isExact } = period;
  const filters = [
    statement`${calls.startedAt} >= ${instant(since)} and ${calls.startedAt} < ${instant(until)}`,
  ];
  if (!withTests) filters.push(statement`not ${calls.test}`);
  // Only where it has to be: the server cannot guess how many calls it leaves, and plans for few.
  const hour = hourOf(period);
  if (!isExact) filters.push(statement`${hour} >= ${firstHour} and ${hour} < ${endHour}`);
  return statement`${calls} where ${statement.join(filters, statement` and `)}`;
}

/** Counted from UTC: to ask the database for the local time of each call takes longer than all else. */
function hourOf({ offsets }: FigurePeriod): SQL {
  const clock = offsets.map(
    ({ since, offsetMs }) =>
      statement`when ${calls.startedAt} >= ${instant(new Date(since))} then ${offsetMs / 1000}::float8`,
  );
  const ahead = statement`case ${statement.join(clock.reverse(), statement` `)} end`;
  return statement`floor((date_part('epoch', ${calls.startedAt}) + ${ahead}) / 3600)::int`;
}

function instant(date: Date): SQL {
  return statement`${date.toISOString()}::timestamptz`;
}

function timesOf(period: FigurePeriod, chosen: SQL): SQL {
  return statement`select null::json, null::json, json_agg(t) from (
    select day, hour, sum(calls)::int as calls from (
      select n / 24 as day, n % 24 as hour, calls from (
        select ${hourOf(period)} as n, count(*) as calls from ${chosen} group by 1) as numbered) as h
    group by grouping sets ((day), (hour))) as t`;
}

function groupsOf(chosen: SQL): SQL {
  const answered = list(ANSWERED.map((status) => statement`${status}`));
  return statement`select null::json, json_agg(g), null::json from (
    select path, outcome, agent, after_hours,
      dial_status is not null or intent is not distinct from 'talk_to_person' as asked,
      coalesce(dial_status in (${answered}), false) as answered,
      count(*)::int as calls, sum(interruptions)::float8 as interruptions, sum(duration_ms)::float8 as duration_ms
    from ${chosen} group by 1, 2, 3, 4, 5, 6) as g`;
}

/** Two parts, each with half of the sorting. */
function quantilesOf(chosen: SQL): SQL[] {
  const kinds = Object.entries(KINDS).map(([kind, column]) => quantiles(kind, column.name, 0.95));
  const halves = [[quantiles('duration', calls.durationMs.name, 0.9), ...kinds.slice(0, 2)], kinds.slice(2)];
  return halves.map((half) => {
    const found = statement`json_build_object(${list(half)})`;
    return statement`select ${found} as quantiles, null::json as groups, null::json as times from ${chosen}`;
  });
}

function quantiles(name: string, column: string, share: number): SQL {
  const order = statement.identifier(column);
  return statement`${name}::text, percentile_disc(array[0.5, ${share}]::float8[]) within group (order by ${order})`;
}

function list(parts: readonly SQL[]): SQL {
  return statement.join([...parts], statement`, `);
}
