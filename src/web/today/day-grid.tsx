import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clockTime } from '../shell/format.js';
import { BayColumn, type BayProps } from './bay-column.js';
import { stepOf } from './blocks.js';
import { hourLines, nowMinute } from './day.js';

const NOW_MS = 15_000;

/** A day by bay: time goes down, each bay is a column. */
export function DayGrid(props: BayProps) {
  const { day, frame, store } = props;
  const grid = useRef<HTMLDivElement>(null);
  // Below the last line there is nothing that it would name.
  const labels = hourLines(day, frame).filter(({ minute }) => minute < frame.to);
  return (
    <div
      ref={grid}
      class="day-grid"
      style={{ '--minutes': frame.to - frame.from, '--slot': stepOf(day), '--bays': day.bays.length }}
    >
      <div class="day-corner" aria-hidden="true" />
      {day.bays.map(({ bay }) => (
        <h2 key={bay} class="bay-name" id={`bay-${bay}`}>
          Bay {bay}
        </h2>
      ))}
      <div class="hours" aria-hidden="true">
        {labels.map(({ minute, time, isRepeated }) => (
          <span key={minute} class="hour" style={{ '--at': minute - frame.from }}>
            {clockTime(time)}
            {isRepeated && ' again'}
          </span>
        ))}
      </div>
      {day.bays.map(({ bay }) => (
        <BayColumn key={bay} {...props} bay={bay} grid={grid} />
      ))}
      <NowLine day={day} frame={frame} store={store} />
    </div>
  );
}

/** Goes down with the time. */
function NowLine({ day, frame, store }: Pick<BayProps, 'day' | 'frame' | 'store'>) {
  const ticks = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => {
      ticks.value += 1;
    }, NOW_MS);
    return () => clearInterval(timer);
  }, [ticks]);
  const minute = ticks.value >= 0 ? nowMinute(day, store.ageMs) : null;
  if (minute === null || minute < frame.from || minute > frame.to) return null;
  return <div class="now-line" aria-hidden="true" style={{ '--at': minute - frame.from }} />;
}
