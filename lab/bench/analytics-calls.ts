import { and, gte, lt, sql as statement } from 'drizzle-orm';
import { DateTime } from 'luxon';
import { calls } from '../../src/database/call-schema.js';
import type { Database } from '../../src/database/database.js';

export interface CallsToMake {
  readonly calls: number;
  readonly days: number;
  /** When the last of them began. */
  readonly until: Date;
  /** So many in one statement. */
  readonly atOnce: number;
}

/** Calls of a busy shop, made within the database: of 40 ways through the menu, some realistic and some long. */
export async function fillWithCalls(
  run: (statement: string) => Promise<unknown>,
  { calls: count, days, until, atOnce }: CallsToMake,
): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    await run(insertOf({ first, last: Math.min(count, first + atOnce) - 1, count, days, until }));
  }
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly days: number;
  readonly until: Date;
}

function insertOf({ first, last, count, days, until }: Part): string {
  const began = `timestamptz '${until.toISOString()}' - interval '1 second' * ((${count} - n) * ${(days * 86_400) / count}::float8)`;
  const delays = (most: number) =>
    `jsonb_build_object('count', 6, 'median', (random() * ${most})::int, 'max', ${most})`;
  return `insert into public.calls (call_sid, caller_phone, started_at, ended_at, duration_ms, states, outcome, interruptions, transcript,
      latency, agent, intent, path, after_hours, test, dial_status)
    select 'CA' || md5(n::text), '+1512555' || lpad((n % 5000)::text, 4, '0'), ${began}, ${began} + interval '90 seconds', 20000 + (random() * 200000)::int,
      (select jsonb_agg(jsonb_build_object('name', state, 'time', ${began})) from unnest(string_to_array(path, '>')) as state),
      (array['booked','booked','completed','hung_up','hung_up','abandoned','transferred','callback_requested','failed'])[1 + n % 9],
      (random() * 3)::int,
      (select jsonb_agg(jsonb_build_object('role', 'assistant', 'content', md5(n::text || turn) || ' ' || md5(turn || n::text) || ' what day would suit you?',
        'timestamp', ${began})) from generate_series(1, 12) as turn),
      jsonb_build_object('greeting_ms', (random() * 60)::int, 'response_ms', ${delays(900)}, 'interruption_ms', ${delays(200)},
        'mark_lag_ms', ${delays(90)}, 'model_ms', case when n % 2 = 0 then ${delays(1500)} end),
      (array['keypad','realtime','realtime>keypad'])[1 + n % 3], (array['book_appointment','talk_to_person',null])[1 + n % 3],
      path, n % 5 = 0, n % 100 = 0, case when n % 9 = 6 then (array['completed','no-answer'])[1 + n % 2] end
    from generate_series(${first}, ${last}) as n,
      lateral (select 'greeting' || repeat('>collecting_info>booking', n % 10) || (array['','>confirmation','>confirmation>completed','>transferring'])[1 + n % 4] as path) as way`;
}

/** What a count in the process needs of each call. */
const COUNTED = {
  startedAt: calls.startedAt,
  durationMs: calls.durationMs,
  outcome: calls.outcome,
  interruptions: calls.interruptions,
  path: calls.path,
  afterHours: calls.afterHours,
  test: calls.test,
  dialStatus: calls.dialStatus,
  agent: calls.agent,
  latency: calls.latency,
};

export async function plainRows(database: Database, { from, to }: { from: string; to: string }) {
  const { startedAt } = COUNTED;
  const period = and(
    gte(startedAt, statement`${from}::timestamptz`),
    lt(startedAt, statement`${to}::timestamptz + interval '1 day'`),
  );
  // Outside of the deadline of a run: it is the reference that is slow.
  const pages = [];
  for (let page = 0; ; page++) {
    const rows = await database.run((sql) =>
      sql
        .select(COUNTED)
        .from(calls)
        .where(period)
        .orderBy(startedAt)
        .limit(5_000)
        .offset(page * 5_000),
    );
    pages.push(rows);
    if (rows.length < 5_000) return pages.flat();
  }
}

/** In one pass, with a time zone asked for each call; what it gives is of no interest. */
export function countPlainly(rows: Awaited<ReturnType<typeof plainRows>>, timezone: string): number {
  const counts = new Map<string, number>();
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const numbers = new Map<string, number[]>();
  const note = (name: string, value: number | null | undefined) => {
    const known = numbers.get(name) ?? [];
    numbers.set(name, known);
    if (typeof value === 'number') known.push(value);
  };
  for (const { startedAt, durationMs, outcome, path, agent, dialStatus, afterHours, latency } of rows) {
    const local = DateTime.fromJSDate(startedAt, { zone: timezone });
    for (const name of [
      local.toISODate(),
      `h${local.hour}`,
      outcome,
      agent,
      dialStatus,
      afterHours && 'after',
    ])
      if (name) add(name);
    const states = path.split('>');
    for (const [n, state] of states.entries()) add(`${states[n - 1]}>${state}`);
    note('duration', durationMs);
    note('greeting', latency?.greeting_ms);
    for (const kind of ['response_ms', 'interruption_ms', 'mark_lag_ms', 'model_ms'] as const)
      note(kind, latency?.[kind]?.median);
  }
  for (const known of numbers.values()) known.sort((a, b) => a - b);
  return counts.size;
}
