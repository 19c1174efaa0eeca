import { useSignal } from '@preact/signals';
import { isWholeDay } from '../shell/format.js';
import { Icon } from '../shell/parts/icon.js';
import { go } from '../shell/router.js';
import { type Day, dayAfter } from './day.js';
import { closureText, longDay } from './day-words.js';

/** Where a day is shown. */
export function addressOf(day: string, today: string): string {
  return day === today ? '/today' : `/today?day=${day}`;
}

interface DayHeadProps {
  readonly day: Day;
  readonly onMake: () => void;
}

/** Which day it is, the way to others, and to a new appointment. */
export function DayHead({ day: { day, today }, onMake }: DayHeadProps) {
  const isToday = day === today;
  return (
    <header class="view-head">
      <h1>{isToday ? `Today, ${longDay(day)}` : longDay(day)}</h1>
      <div class="day-tools">
        <a class="button icon-button" href={addressOf(dayAfter(day, -1), today)} aria-label="The day before">
          <Icon name="chevron-left" />
        </a>
        <DayField day={day} today={today} />
        <a class="button icon-button" href={addressOf(dayAfter(day, 1), today)} aria-label="The day after">
          <Icon name="chevron-right" />
        </a>
        {!isToday && (
          <a class="button" href="/today">
            Today
          </a>
        )}
        <button type="button" class="primary" onClick={onMake}>
          <Icon name="plus" /> New appointment
        </button>
      </div>
    </header>
  );
}

/** A browser takes each digit for a date: while somebody types they stay in the field, and what they have typed does, too. */
function DayField({ day, today }: Pick<Day, 'day' | 'today'>) {
  const typed = useSignal<string | null>(null);
  return (
    <input
      type="date"
      aria-label="Go to a day"
      value={typed.value ?? day}
      onInput={({ currentTarget: { value } }) => {
        typed.value = value;
        if (isWholeDay(value)) go(addressOf(value, today), { replace: true });
      }}
      onBlur={() => {
        typed.value = null;
      }}
    />
  );
}

/** What is out of the ordinary on this day. */
export function Closures({ day }: { readonly day: Day }) {
  if (day.closures.length === 0) return null;
  return (
    <p class="day-closures">
      <Icon name="info" /> {day.closures.map(closureText).join(' · ')}
    </p>
  );
}
