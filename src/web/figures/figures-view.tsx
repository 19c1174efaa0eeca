import { useAnswer } from '../shell/answer.js';
import type { CallFigures } from '../shell/answers.js';
import { gatewayNow } from '../shell/clock.js';
import { dayOf, delay, duration, percent } from '../shell/format.js';
import { Choice } from '../shell/parts/choice.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { query, setQuery } from '../shell/router.js';
import { shop } from '../shell/shop.js';
import { dayAfter } from '../today/day.js';
import { ColumnChart } from './column-chart.js';
import { Tiles, type TilesProps } from './figure-table.js';
import { AgentTable, DelayTable, FunnelTable, OutcomeTable } from './figure-tables.js';
import './figures.css';
import { RedisPanel } from './redis-panel.js';

const PERIODS = [
  { value: '7', name: '7 days' },
  { value: '30', name: '30 days' },
  { value: '90', name: '90 days' },
] as const;

/** What the calls of some days come to. */
export function FiguresView() {
  const days = PERIODS.find(({ value }) => value === query.value.get('days'))?.value ?? '30';
  const withTests = query.value.get('test') === '1';
  const figures = useAnswer<CallFigures>(shop.value ? addressOf(Number(days), withTests) : null);
  return (
    <section class="view">
      <div class="view-head">
        <h1>Figures</h1>
        <div class="figure-filters">
          <label class="figure-tests">
            <input
              type="checkbox"
              checked={withTests}
              onChange={(event) => setQuery({ test: event.currentTarget.checked ? '1' : '' })}
            />
            With test calls
          </label>
          <Choice
            label="Period"
            options={PERIODS}
            value={days}
            onChoose={(value) => setQuery({ days: value === '30' ? '' : value })}
          />
        </div>
      </div>
      <Fault sentence={figures.error} />
      {figures.value && <Figures figures={figures.value} />}
      <RedisPanel />
    </section>
  );
}

/** The last days up to today, by the clock of the shop. */
function addressOf(days: number, withTests: boolean): string {
  const today = dayOf(new Date(gatewayNow()));
  return `/api/analytics?from=${dayAfter(today, 1 - days)}&to=${today}${withTests ? '&test=1' : ''}`;
}

function Figures({ figures }: { readonly figures: CallFigures }) {
  return (
    <>
      <Tiles tiles={tilesOf(figures)} />
      {figures.calls === 0 && <Empty>No calls on these days. Their figures appear here.</Empty>}
      <div class="figure-panels">
        <ColumnChart
          title="Calls a day"
          unit="Day"
          columns={figures.by_day.map(({ day, calls }) => ({ name: dayName(day), value: calls }))}
        />
        <ColumnChart
          title="Calls by hour"
          unit="Hour"
          columns={figures.by_hour.map(({ hour, calls }) => ({ name: `${hour}:00`, value: calls }))}
        />
        <OutcomeTable figures={figures} />
        <FunnelTable figures={figures} />
        <DelayTable figures={figures} />
        <AgentTable figures={figures} />
      </div>
    </>
  );
}

/** `Mon, Nov 30`, of a day that has no time. */
function dayName(day: string): string {
  const options = { weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-US', options).format(new Date(`${day}T00:00:00Z`));
}

function tilesOf(figures: CallFigures): TilesProps['tiles'] {
  const { booked_share, after_hours_share, transfers, interruptions, duration_ms } = figures;
  return [
    ['Calls', String(figures.calls)],
    ['Booked', booked_share === null ? '–' : percent(booked_share)],
    ['Median length', duration_ms.median === null ? '–' : duration(duration_ms.median)],
    ['Answer, median', delay(figures.latency.response_ms?.p50 ?? null)],
    ['After hours', after_hours_share === null ? '–' : percent(after_hours_share)],
    ['Person answered', `${transfers.answered} of ${transfers.asked}`],
    ['Cut off, per call', interruptions.per_call === null ? '–' : interruptions.per_call.toFixed(1)],
  ];
}
