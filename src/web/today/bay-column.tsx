import { clockTime } from '../shell/format.js';
import { BlockText, blockClass } from './block-button.js';
import { type Block, blocksOf, freeStarts } from './blocks.js';
import { type Booked, closedSpans, closuresOf, type Day, hourLines, minuteOf, type Span } from './day.js';
import type { DayStore, Place } from './day-store.js';
import { closureText } from './day-words.js';
import { holdPage, startDrag } from './drag.js';

/** What is drawn of a day, and what is done with it. */
export interface BayProps {
  readonly day: Day;
  readonly frame: Span;
  readonly store: DayStore;
  readonly onOpen: (id: number) => void;
  readonly onMake: (place: Place) => void;
  readonly onMove: (booked: Booked, place: Place) => void;
}

interface BayColumnProps extends BayProps {
  readonly bay: number;
  /** All columns are in it. */
  readonly grid: { readonly current: HTMLDivElement | null };
}

/** A bay from the top of the frame down: when it is closed, what is free, what callers hold, and its appointments. */
export function BayColumn(props: BayColumnProps) {
  const { day, frame, bay } = props;
  return (
    <section class="bay" data-bay={bay} aria-labelledby={`bay-${bay}`}>
      {hourLines(day, frame).map(({ minute }) => (
        <span key={minute} class="hour-line" style={{ '--at': minute - frame.from }} />
      ))}
      <Closed {...props} />
      <Free {...props} />
      <Held {...props} />
      <ol class="blocks">
        {blocksOf(day, bay, frame).map((block) => (
          <BlockItem key={block.booked.id} {...props} block={block} />
        ))}
      </ol>
    </section>
  );
}

function Closed({ day, frame, bay }: BayColumnProps) {
  // Which bay it is says the head of the column.
  const why = closuresOf(day, bay)
    .map((closure) => closureText({ ...closure, bay: null }))
    .join(', ');
  return (
    <>
      {closedSpans(day, bay, frame).map(({ from, to }) => (
        <p key={from} class="closed" style={{ '--at': from - frame.from, '--for': to - from }}>
          {to - from >= 30 && (why || 'Closed')}
        </p>
      ))}
    </>
  );
}

/** For the pointer: the button above the grid does the same by keyboard, and one stop for each time would be too many. */
function Free({ day, frame, bay, onMake }: BayColumnProps) {
  return (
    <>
      {freeStarts(day, bay).map(({ start, from, to }) => (
        <button
          key={from}
          type="button"
          class="free"
          tabIndex={-1}
          aria-label={`New appointment in bay ${bay} at ${clockTime(start)}`}
          style={{ '--at': from - frame.from, '--for': to - from }}
          onClick={() => onMake({ date: start, bay })}
        >
          <span aria-hidden="true">{clockTime(start)}</span>
        </button>
      ))}
    </>
  );
}

function Held({ day, frame, bay }: BayColumnProps) {
  const held = day.held.filter((each) => each.bay === bay);
  return (
    <>
      {held.map(({ from, to }) => {
        const at = minuteOf(day, from);
        return (
          <p key={from} class="held" style={{ '--at': at - frame.from, '--for': minuteOf(day, to) - at }}>
            A caller is deciding
          </p>
        );
      })}
    </>
  );
}

function BlockItem({
  day,
  frame,
  grid,
  store,
  block,
  onOpen,
  onMove,
}: BayColumnProps & { readonly block: Block }) {
  const { booked, from, to, freeTo, beganBefore, lane, lanes } = block;
  // What began the day before has no place in this day that it could be dragged from.
  const isMovable = booked.status === 'booked' && !beganBefore;
  const press = (event: PointerEvent) => {
    if (!isMovable || !grid.current) return;
    startDrag(event, grid.current, {
      day,
      frame,
      booked,
      onOver: (place) => store.preview(booked.id, place),
      onDrop: (place) => onMove(booked, place),
    });
  };
  const state = `${isMovable ? ' is-movable' : ''}${store.isMoving(booked.id) ? ' is-moving' : ''}`;
  const place = { '--at': from - frame.from, '--for': to - from, '--after': freeTo - to };
  return (
    <li class="block-place" style={{ ...place, '--lane': lane, '--lanes': lanes }}>
      <button
        type="button"
        id={`appointment-${booked.id}`}
        class={`${blockClass(booked)}${state}`}
        onPointerDown={press}
        onTouchMove={holdPage}
        onClick={() => onOpen(booked.id)}
      >
        <BlockText {...block} />
      </button>
      {freeTo > to && <span class="after" title="The bay stays taken for a while after the work" />}
    </li>
  );
}
