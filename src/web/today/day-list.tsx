import { Empty } from '../shell/parts/notice.js';
import { BlockText, blockClass } from './block-button.js';
import { type Booked, type Day, minuteOf, nowMinute } from './day.js';
import type { DayStore } from './day-store.js';

interface DayListProps {
  readonly day: Day;
  readonly store: DayStore;
  readonly onOpen: (id: number) => void;
}

/** A day by time, for a narrow screen: what is over, a line for now, and what is to come. */
export function DayList({ day, store, onOpen }: DayListProps) {
  const shown = day.appointments.filter(({ status }) => status !== 'cancelled');
  if (shown.length === 0) return <Empty>Nothing is booked on this day yet.</Empty>;
  const now = nowMinute(day, store.ageMs);
  const upcoming = shown.findIndex(({ date }) => now !== null && minuteOf(day, date) > now);
  const [before, after] =
    now === null || upcoming === -1 ? [shown, []] : [shown.slice(0, upcoming), shown.slice(upcoming)];
  return (
    <ol class="day-list">
      {before.map((booked) => (
        <ListItem key={booked.id} booked={booked} onOpen={onOpen} />
      ))}
      {before.length > 0 && after.length > 0 && <li class="list-now">Now</li>}
      {after.map((booked) => (
        <ListItem key={booked.id} booked={booked} onOpen={onOpen} />
      ))}
    </ol>
  );
}

function ListItem({ booked, onOpen }: { readonly booked: Booked; readonly onOpen: (id: number) => void }) {
  return (
    <li>
      <button type="button" class={`${blockClass(booked)} list-block`} onClick={() => onOpen(booked.id)}>
        <BlockText booked={booked} />
        <span class="list-bay">Bay {booked.bay}</span>
      </button>
    </li>
  );
}

/** What was cancelled, folded. */
export function Cancelled({ day, onOpen }: Omit<DayListProps, 'store'>) {
  const cancelled = day.appointments.filter(({ status }) => status === 'cancelled');
  if (cancelled.length === 0) return null;
  return (
    <details class="cancelled">
      <summary>{cancelled.length} cancelled</summary>
      <ul class="day-list">
        {cancelled.map((booked) => (
          <ListItem key={booked.id} booked={booked} onOpen={onOpen} />
        ))}
      </ul>
    </details>
  );
}
