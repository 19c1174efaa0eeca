import { nearestStart } from './blocks.js';
import { type Booked, type Day, minuteOf, type Span } from './day.js';
import type { Place } from './day-store.js';

/** A press that moves less than this many pixels is a click. */
const CLICK_PIXELS = 6;

export interface DragOptions {
  readonly day: Day;
  readonly frame: Span;
  readonly booked: Booked;
  /** Called with each new place, and with null when it is given up. */
  readonly onOver: (place: Place | null) => void;
  /** Called once, where it is let go at another place than its own. */
  readonly onDrop: (place: Place) => void;
}

/**
 * Follows the pointer from a press on a block until it is let go over the column of a bay; Escape gives up. A finger scrolls instead: on touch
 * screens the dialog moves.
 */
export function startDrag(press: PointerEvent, grid: HTMLElement, options: DragOptions): void {
  if (press.button !== 0 || press.pointerType === 'touch') return;
  const { day, frame, booked, onOver, onDrop } = options;
  const columns = [...grid.querySelectorAll<HTMLElement>('[data-bay]')];
  const home: Place = { date: booked.date, bay: booked.bay };
  const grabbed = minuteAt(press.clientY, columns[0]) - minuteOf(day, booked.date);
  let over: Place | null = null;
  const ending = new AbortController();
  const { signal } = ending;

  function minuteAt(y: number, column: HTMLElement | undefined): number {
    const { top = 0, height = 1 } = column?.getBoundingClientRect() ?? {};
    return frame.from + ((y - top) / height) * (frame.to - frame.from);
  }
  function placeAt({ clientX, clientY }: PointerEvent): Place | null {
    const column = columns.find((each) => {
      const { left, right } = each.getBoundingClientRect();
      return left <= clientX && clientX < right;
    });
    const date = nearestStart(day, minuteAt(clientY, column) - grabbed);
    return column && date !== null ? { date, bay: Number(column.dataset.bay) } : null;
  }
  function move(event: PointerEvent): void {
    const far = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= CLICK_PIXELS;
    if (over === null && !far) return;
    const place = placeAt(event) ?? home;
    if (over !== null && isSame(over, place)) return;
    over = place;
    onOver(place);
  }
  function end(): void {
    ending.abort();
    if (over === null) return;
    swallowClick();
    if (isSame(over, home)) onOver(null);
    else onDrop(over);
  }
  function giveUp(): void {
    ending.abort();
    // The button is still down after Escape.
    if (over !== null) addEventListener('pointerup', swallowClick, { once: true });
    onOver(null);
  }
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', end, { signal });
  addEventListener('pointercancel', giveUp, { signal });
  addEventListener('keydown', ({ key }) => key === 'Escape' && giveUp(), { signal });
}

function isSame(one: Place, other: Place): boolean {
  return one.bay === other.bay && Date.parse(one.date) === Date.parse(other.date);
}

/** What the browser makes of the end of a drag is no click on the block. */
function swallowClick(): void {
  const stop = (event: Event) => event.stopPropagation();
  addEventListener('click', stop, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', stop, { capture: true }));
}
