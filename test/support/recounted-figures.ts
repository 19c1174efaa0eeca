import { DateTime } from 'luxon';
import type { CallFigures } from '../../src/call-log/call-figures.js';
import { CALL_OUTCOMES } from '../../src/call-log/finished-call.js';
import type { calls } from '../../src/database/call-schema.js';

export type CallRow = typeof calls.$inferInsert;

/** The figures of these calls, counted one by one as a person would: the reference of what the database counts. */
export function recountedFigures(
  rows: readonly CallRow[],
  { from, to, timezone, withTests }: { from: string; to: string; timezone: string; withTests: boolean },
): CallFigures {
  const local = (row: CallRow) => DateTime.fromJSDate(row.startedAt, { zone: timezone });
  const dayOf = (row: CallRow) => local(row).toFormat('yyyy-MM-dd');
  const counted = rows.filter((row) => from <= dayOf(row) && dayOf(row) <= to && (withTests || !row.test));
  const paths = counted.map(({ path = '', outcome }) => ({
    states: path.split('>').filter(Boolean),
    outcome,
  }));
  const durations = counted.map((row) => row.durationMs);
  const interruptions = counted.reduce((sum, row) => sum + row.interruptions, 0);
  const booked = (some: readonly CallRow[]) => some.filter(({ outcome }) => outcome === 'booked').length;
  const agents = [...new Set(counted.map(({ agent = null }) => agent))];
  return {
    from,
    to,
    timezone,
    calls: counted.length,
    by_day: daysFrom(from, to).map((day) => ({
      day,
      calls: counted.filter((row) => dayOf(row) === day).length,
    })),
    by_hour: Array.from({ length: 24 }, (_, hour) => ({
      hour,
      calls: counted.filter((row) => local(row).hour === hour).length,
    })),
    duration_ms: {
      mean: counted.length === 0 ? null : Math.round(durations.reduce((a, b) => a + b, 0) / counted.length),
      median: nearestRank(durations, 0.5),
      p90: nearestRank(durations, 0.9),
    },
    outcomes: Object.fromEntries(
      CALL_OUTCOMES.map((name) => [name, counted.filter(({ outcome }) => outcome === name).length]),
    ),
    booked_share: shareOf(booked(counted), counted.length),
    transitions: recountedTransitions(paths.map(({ states }) => states)),
    drop_off: recountedDropOff(paths),
    after_hours_share: shareOf(counted.filter((row) => row.afterHours).length, counted.length),
    interruptions: { total: interruptions, per_call: shareOf(interruptions, counted.length) },
    transfers: {
      asked: counted.filter(isTransfer).length,
      answered: counted.filter(({ dialStatus }) => dialStatus === 'completed' || dialStatus === 'answered')
        .length,
    },
    latency: {
      greeting_ms: waited(counted.map(({ latency }) => latency?.greeting_ms)),
      response_ms: waited(counted.map(({ latency }) => latency?.response_ms?.median)),
      interruption_ms: waited(counted.map(({ latency }) => latency?.interruption_ms?.median)),
      model_ms: waited(counted.map(({ latency }) => latency?.model_ms?.median)),
      mark_lag_ms: waited(counted.map(({ latency }) => latency?.mark_lag_ms?.median)),
    },
    by_agent: agents
      .map((agent) => counted.filter((row) => (row.agent ?? null) === agent))
      .map((some) => ({
        agent: some[0]?.agent ?? null,
        calls: some.length,
        booked_share: shareOf(booked(some), some.length),
      }))
      .sort((a, b) => b.calls - a.calls || (a.agent ?? '').localeCompare(b.agent ?? '')),
  };
}

function daysFrom(from: string, to: string): string[] {
  const days: string[] = [];
  for (
    let day = DateTime.fromISO(from, { zone: 'UTC' });
    day.toFormat('yyyy-MM-dd') <= to;
    day = day.plus({ days: 1 })
  )
    days.push(day.toFormat('yyyy-MM-dd'));
  return days;
}

function isTransfer({ intent, path = '', dialStatus = null, outcome }: CallRow): boolean {
  const isSaid = intent === 'talk_to_person' || outcome === 'transferred' || dialStatus !== null;
  return isSaid || path.split('>').includes('transferring');
}

function recountedTransitions(paths: readonly (readonly string[])[]): CallFigures['transitions'] {
  const found: { from: string; to: string; count: number }[] = [];
  for (const states of paths) {
    for (let n = 1; n < states.length; n++) {
      const [from = '', to = ''] = [states[n - 1], states[n]];
      const same = found.find((each) => each.from === from && each.to === to);
      if (same) same.count += 1;
      else found.push({ from, to, count: 1 });
    }
  }
  return found.sort((a, b) => b.count - a.count || compare(a.from, b.from) || compare(a.to, b.to));
}

function recountedDropOff(
  paths: readonly { states: readonly string[]; outcome: string }[],
): CallFigures['drop_off'] {
  const names = [...new Set(paths.flatMap(({ states }) => states))];
  const all = names.map((state) => {
    const reached = paths.filter(({ states }) => states.includes(state));
    const calls = reached.filter(
      ({ states, outcome }) =>
        states.at(-1) === state && ['hung_up', 'abandoned', 'failed'].includes(outcome),
    ).length;
    return { state, reached: reached.length, calls, share: shareOf(calls, reached.length) ?? 0 };
  });
  return all.sort((a, b) => b.calls - a.calls || b.reached - a.reached || compare(a.state, b.state));
}

function waited(values: readonly (number | null | undefined)[]): { p50: number | null; p95: number | null } {
  const known = values.filter((value) => typeof value === 'number');
  return { p50: nearestRank(known, 0.5), p95: nearestRank(known, 0.95) };
}

function nearestRank(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? null;
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
