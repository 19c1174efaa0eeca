import { nearestStart } from './blocks.js';
import { type Booked, type Day, minuteOf, type Span } from './day.js';
import type { Place } from './day-store.js';

/** A press that moves less than this many pixels is a click. */
const CLICK_PIXELS = 6;
/** A finger that stays on a block for so long takes it; one that moves before scrolls. */
const HOLD_MS = 350;
/** So near to the end of the screen, in pixels, the page scrolls under what is dragged; so far for each picture. */
const EDGE_PIXELS = 56;
const SCROLL_PIXELS = 8;

/** A finger has taken a block. */
let isHeld = false;

/**
 * For the `touchmove` of what can be dragged: the page stays where it is under a finger that has taken a block. It must be there before the finger is, else browsers
 * do not ask.
 */
export function holdPage(event: TouchEvent): void {
  if (isHeld && event.cancelable) event.preventDefault();
}

interface DragOptions {
  readonly day: Day;
  readonly frame: Span;
  readonly booked: Booked;
  /** Called with each new place, and with null when it is given up. */
  readonly onOver: (place: Place | null) => void;
  /** Called once, where it is let go at another place than its own. */
  readonly onDrop: (place: Place) => void;
}

/**
 * Follows the pointer from a press on a block until it is let go over the column of a bay; Escape gives up. A finger takes the block when it has
 * stayed there for a moment: until then it scrolls.
 */
export function startDrag(press: PointerEvent, grid: HTMLElement, options: DragOptions): void {
  if (press.button !== 0) return;
  if (press.pointerType !== 'touch') return follow(press, grid, options);
  const ending = new AbortController();
  const { signal } = ending;
  const giveUp = () => ending.abort();
  const timer = setTimeout(() => {
    ending.abort();
    follow(press, grid, options);
  }, HOLD_MS);
  signal.addEventListener('abort', () => clearTimeout(timer));
  const moved = (event: PointerEvent) => isFar(press, event) && giveUp();
  addEventListener('pointermove', moved, { signal });
  for (const end of ['pointerup', 'pointercancel'] as const) addEventListener(end, giveUp, { signal });
}

function follow(press: PointerEvent, grid: HTMLElement, options: DragOptions): void {
  const drag = new Drag(press, grid, options);
  if (press.pointerType === 'touch') drag.hold();
  drag.start();
}

/** A block on its way. */
class Drag {
  readonly #press: PointerEvent;
  readonly #grid: HTMLElement;
  readonly #options: DragOptions;
  readonly #columns: readonly HTMLElement[];
  readonly #home: Place;
  /** How far below the beginning of the block it was taken, in minutes. */
  readonly #grabbed: number;
  readonly #ending = new AbortController();
  #over: Place | null = null;
  #last: PointerEvent;

  constructor(press: PointerEvent, grid: HTMLElement, options: DragOptions) {
    const { day, booked } = options;
    this.#press = press;
    this.#last = press;
    this.#grid = grid;
    this.#options = options;
    this.#columns = [...grid.querySelectorAll<HTMLElement>('[data-bay]')];
    this.#home = { date: booked.date, bay: booked.bay };
    this.#grabbed = this.#minuteAt(press.clientY, this.#columns[0]) - minuteOf(day, booked.date);
  }

  /** A finger has it: nothing else is made of the touch. */
  hold(): void {
    const { signal } = this.#ending;
    // The block is another element in another bay; the finger stays with the grid.
    this.#grid.setPointerCapture(this.#press.pointerId);
    isHeld = true;
    signal.addEventListener('abort', () => {
      isHeld = false;
    });
    addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
    this.#goTo(this.#home);
  }

  start(): void {
    const { signal } = this.#ending;
    addEventListener('pointermove', (event) => this.#move(event), { signal });
    addEventListener('pointerup', () => this.#end(), { signal });
    addEventListener('pointercancel', () => this.#giveUp(), { signal });
    addEventListener('keydown', ({ key }) => key === 'Escape' && this.#giveUp(), { signal });
    requestAnimationFrame(() => this.#scroll());
  }

  #minuteAt(y: number, column: HTMLElement | undefined): number {
    const { frame } = this.#options;
    const { top = 0, height = 1 } = column?.getBoundingClientRect() ?? {};
    return frame.from + ((y - top) / height) * (frame.to - frame.from);
  }

  #placeAt({ clientX, clientY }: PointerEvent): Place | null {
    const column = this.#columns.find((each) => {
      const { left, right } = each.getBoundingClientRect();
      return left <= clientX && clientX < right;
    });
    const date = nearestStart(this.#options.day, this.#minuteAt(clientY, column) - this.#grabbed);
    return column && date !== null ? { date, bay: Number(column.dataset.bay) } : null;
  }

  #move(event: PointerEvent): void {
    this.#last = event;
    if (this.#over !== null || isFar(this.#press, event)) this.#goTo(this.#placeAt(event) ?? this.#home);
  }

  #goTo(place: Place): void {
    if (this.#over !== null && isSame(this.#over, place)) return;
    this.#over = place;
    this.#options.onOver(place);
  }

  /** In each picture, while it is dragged near the upper or lower end of the screen. */
  #scroll(): void {
    if (this.#ending.signal.aborted) return;
    requestAnimationFrame(() => this.#scroll());
    const { clientY } = this.#last;
    const edge = clientY < EDGE_PIXELS ? -1 : clientY > innerHeight - EDGE_PIXELS ? 1 : 0;
    if (this.#over === null || edge === 0) return;
    scrollBy(0, edge * SCROLL_PIXELS);
    this.#move(this.#last);
  }

  #end(): void {
    this.#ending.abort();
    if (this.#over === null) return;
    swallowClick();
    if (isSame(this.#over, this.#home)) this.#options.onOver(null);
    else this.#options.onDrop(this.#over);
  }

  #giveUp(): void {
    this.#ending.abort();
    // The button is still down after Escape.
    if (this.#over !== null) addEventListener('pointerup', swallowClick, { once: true });
    this.#options.onOver(null);
  }
}

function isFar(press: PointerEvent, event: PointerEvent): boolean {
  return Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= CLICK_PIXELS;
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
