import type { CallFigures } from '../shell/answers.js';
import { delay, percent, sentenceCase } from '../shell/format.js';
import { outcomeName } from '../shell/outcomes.js';
import { FigureTable } from './figure-table.js';

interface FiguresProps {
  readonly figures: CallFigures;
}

/** How the calls ended, the most frequent first. */
export function OutcomeTable({ figures: { outcomes, calls } }: FiguresProps) {
  const rows = Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, count]) => ({
      name: outcomeName(outcome),
      share: count / calls,
      cells: [count, percent(count / calls)],
    }));
  return <FigureTable title="How calls ended" of="Outcome" columns={['Calls', 'Share']} rows={rows} />;
}

/** The usual way of a call. */
const STATES = ['greeting', 'collecting_info', 'booking', 'confirmation', 'transferring', 'completed'];

function orderOf(state: string): number {
  const place = STATES.indexOf(state);
  return place < 0 ? STATES.length : place;
}

/** How far calls come, and where they are lost. */
export function FunnelTable({ figures: { drop_off, calls } }: FiguresProps) {
  const rows = [...drop_off]
    .sort((one, other) => orderOf(one.state) - orderOf(other.state))
    .map(({ state, reached, calls: lost, share }) => ({
      name: sentenceCase(state),
      share: reached / Math.max(1, calls),
      lost: lost / Math.max(1, calls),
      cells: [reached, lost, percent(share)],
    }));
  return (
    <FigureTable
      title="How far calls come"
      of="State"
      columns={['Reached', 'Lost there', 'Share lost']}
      rows={rows}
    />
  );
}

const DELAYS = [
  ['greeting_ms', 'Greeting'],
  ['response_ms', 'Answer'],
  ['interruption_ms', 'Quiet when cut off'],
  ['model_ms', 'Voice model'],
  ['mark_lag_ms', 'Marks late by'],
] as const;

/** What callers waited for. */
export function DelayTable({ figures: { latency } }: FiguresProps) {
  const longest = Math.max(1, ...DELAYS.map(([kind]) => latency[kind]?.p95 ?? 0));
  const rows = DELAYS.filter(([kind]) => latency[kind]?.p50 != null).map(([kind, name]) => {
    const { p50 = null, p95 = null } = latency[kind] ?? {};
    return { name, share: (p95 ?? 0) / longest, cells: [delay(p50), delay(p95)] };
  });
  return (
    <FigureTable
      title="What callers waited for"
      of="Delay"
      columns={['Median', '95th percentile']}
      rows={rows}
    />
  );
}

/** Who had the calls. */
export function AgentTable({ figures: { by_agent, calls } }: FiguresProps) {
  const rows = by_agent.map(({ agent, calls: count, booked_share }) => ({
    name: agent?.split('>').map(sentenceCase).join(', then ') ?? 'Nobody',
    share: count / Math.max(1, calls),
    cells: [count, booked_share === null ? '–' : percent(booked_share)],
  }));
  return <FigureTable title="Who had the calls" of="Agent" columns={['Calls', 'Booked']} rows={rows} />;
}
