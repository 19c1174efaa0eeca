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

/** Calls of one hour: then all else is null. Or, with `hour` null, calls that are alike in what stands here. */
export type CallGroup = {
  hour: number | null;
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

/** Of the duration the median and p90, of what callers waited for the median and p95; null where there is nothing. */
export type CallQuantiles = Record<LatencyKind | 'duration', readonly number[] | null>;

/** Within a transaction that has asked nothing yet: both answers are of the same calls. */
export async function countCalls(
  sql: Sql,
  period: FigurePeriod,
  withTests: boolean,
): Promise<{ readonly groups: readonly CallGroup[]; readonly quantiles: CallQuantiles | undefined }> {
  // To compile the statements takes longer than they do.
  await sql.execute('set transaction isolation level repeatable read; set local jit = off');
  const chosen = callsOf(period, withTests);
  return { groups: await groupsOf(sql, chosen), quantiles: await quantilesOf(sql, chosen) };
}

/** The calls of the period, each with its hour, to stand after `from`. */
function callsOf({ since, until, firstHour, endHour, offsets }: FigurePeriod, withTests: boolean): SQL {
  // Counted from UTC: to ask the database for the local time of each call takes longer than all else.
  const clock = offsets.map(
    ({ since: start, offsetMs }) =>
      statement`when ${calls.startedAt} >= ${instant(new Date(start))} then ${offsetMs / 1000}::float8`,
  );
  const ahead = statement`case ${statement.join(clock.reverse(), statement` `)} end`;
  const hour = statement`floor((date_part('epoch', ${calls.startedAt}) + ${ahead}) / 3600)::int`;
  const about = statement`${calls.startedAt} >= ${instant(since)} and ${calls.startedAt} < ${instant(until)}`;
  const tests = withTests ? statement`` : statement` and not ${calls.test}`;
  return statement`(select ${calls}.*, ${hour} as hour from ${calls} where ${about}${tests}) as chosen
    where hour >= ${firstHour} and hour < ${endHour}`;
}

function instant(date: Date): SQL {
  return statement`${date.toISOString()}::timestamptz`;
}

async function groupsOf(sql: Sql, chosen: SQL): Promise<readonly CallGroup[]> {
  const { rows } = await sql.execute<CallGroup>(statement`
    select hour, path, outcome, agent, after_hours, asked, answered,
      count(*)::int as calls, sum(interruptions)::float8 as interruptions, sum(duration_ms)::float8 as duration_ms
    from (
      select hour, path, outcome, agent, after_hours, interruptions, duration_ms,
        dial_status is not null or intent is not distinct from 'talk_to_person' as asked,
        coalesce(dial_status in (${list(ANSWERED.map((status) => statement`${status}`))}), false) as answered
      from ${chosen}
    ) as facts
    group by grouping sets ((hour), (path, outcome, agent, after_hours, asked, answered))`);
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
