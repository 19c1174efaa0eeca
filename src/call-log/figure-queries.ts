import { type SQL, sql as statement } from 'drizzle-orm';
import { calls } from '../database/call-schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { FigurePeriod } from './figure-period.js';

const KINDS = {
  greeting_ms: calls.greetingMs,
  response_ms: calls.responseMs,
  interruption_ms: calls.interruptionMs,
  model_ms: calls.modelMs,
  mark_lag_ms: calls.markLagMs,
} as const;
export type LatencyKind = keyof typeof KINDS;
const LATENCY_KINDS: readonly LatencyKind[] = [
  'greeting_ms',
  'response_ms',
  'interruption_ms',
  'model_ms',
  'mark_lag_ms',
];

/** What Twilio says of a dial when somebody was there. */
const ANSWERED = ['completed', 'answered'];

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

/** How many calls began in an hour, which is numbered as in {@link FigurePeriod}. */
export type CallsOfHour = { hour: number; calls: number };

/** Of the duration the median and p90, of what callers waited for the median and p95; null where there is nothing. */
export type CallQuantiles = Record<LatencyKind | 'duration', readonly number[] | null>;

export interface CountedCalls {
  readonly hours: readonly CallsOfHour[];
  readonly groups: readonly CallGroup[];
  readonly quantiles: CallQuantiles | undefined;
}

/** Within a transaction that has asked nothing yet: all three answers are of the same calls. */
export async function countCalls(sql: Sql, period: FigurePeriod, withTests: boolean): Promise<CountedCalls> {
  // To compile the statements takes longer than they do.
  await sql.execute('set transaction isolation level repeatable read; set local jit = off');
  const chosen = callsOf(period, withTests);
  // Apart, so that a server with several cores counts each with all of them; together it cannot.
  const hours = await hoursOf(sql, period, chosen);
  return { hours, groups: await groupsOf(sql, chosen), quantiles: await quantilesOf(sql, chosen) };
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

async function hoursOf(sql: Sql, period: FigurePeriod, chosen: SQL): Promise<readonly CallsOfHour[]> {
  const { rows } = await sql.execute<CallsOfHour>(
    statement`select ${hourOf(period)} as hour, count(*)::int as calls from ${chosen} group by 1`,
  );
  return rows;
}

async function groupsOf(sql: Sql, chosen: SQL): Promise<readonly CallGroup[]> {
  const answered = list(ANSWERED.map((status) => statement`${status}`));
  const { rows } = await sql.execute<CallGroup>(statement`
    select path, outcome, agent, after_hours,
      dial_status is not null or intent is not distinct from 'talk_to_person' as asked,
      coalesce(dial_status in (${answered}), false) as answered,
      count(*)::int as calls, sum(interruptions)::float8 as interruptions, sum(duration_ms)::float8 as duration_ms
    from ${chosen} group by 1, 2, 3, 4, 5, 6`);
  return rows;
}

async function quantilesOf(sql: Sql, chosen: SQL): Promise<CallQuantiles | undefined> {
  const kinds = LATENCY_KINDS.map((kind) => {
    const column = statement.identifier(KINDS[kind].name);
    return statement`percentile_disc(array[0.5, 0.95]) within group (order by ${column}) as ${statement.identifier(kind)}`;
  });
  const { rows } = await sql.execute<CallQuantiles>(statement`
    select percentile_disc(array[0.5, 0.9]) within group (order by duration_ms) as duration, ${list(kinds)}
    from ${chosen}`);
  return rows[0];
}

function list(parts: readonly SQL[]): SQL {
  return statement.join([...parts], statement`, `);
}
