import type { Day } from './day.js';
import { addressOf } from './day-head.js';
import { dayNumber, longDay, weekday } from './day-words.js';

/** The days ahead, each with how many appointments it has. */
export function WeekStrip({ day }: { readonly day: Day }) {
  return (
    <nav class="week-strip" aria-label="Days ahead">
      <ul>
        {day.week.map((each) => (
          <li key={each.day}>
            <a
              class={each.open ? 'week-day' : 'week-day week-day-closed'}
              href={addressOf(each.day, day.today)}
              {...(each.day === day.day ? { 'aria-current': 'date' } : {})}
            >
              <span class="sr-only">{spokenText(each)}</span>
              <span class="week-text" aria-hidden="true">
                <span class="week-name">{each.day === day.today ? 'Today' : weekday(each.day)}</span>
                <span class="week-number">{dayNumber(each.day)}</span>
                <span class="week-count">
                  {each.open || each.appointments > 0 ? each.appointments : 'closed'}
                  {each.appointments > 0 && <span class="week-word"> booked</span>}
                </span>
                <span class="week-unconfirmed">
                  {each.unconfirmed > 0 && (
                    <>
                      {each.unconfirmed}
                      <span class="week-word"> unconfirmed</span>
                      <span class="week-mark">?</span>
                    </>
                  )}
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function spokenText({ day, open, appointments, unconfirmed }: Day['week'][number]): string {
  const parts = [longDay(day), appointments === 1 ? '1 appointment' : `${appointments} appointments`];
  if (!open) parts.push('closed');
  if (unconfirmed > 0) parts.push(`${unconfirmed} unconfirmed`);
  return parts.join(', ');
}
