import { type Booked, type Day, minuteOf, type Span, takesBay } from './day.js';

/** An appointment as it is drawn in the column of its bay. */
export interface Block extends Span {
  readonly booked: Booked;
  /** Until when its bay is kept after the work; `to` when it is not. */
  readonly freeTo: number;
  /** It began on an earlier day, or goes on on a later one. */
  readonly beganBefore: boolean;
  readonly goesOn: boolean;
  /** Of `lanes` that stand side by side, counted from 0. */
  readonly lane: number;
  readonly lanes: number;
}

/** The blocks of a bay inside of a frame, by their beginning; those that overlap share the width. What is cancelled is none. */
export function blocksOf(day: Day, bay: number, frame: Span): Block[] {
  const spans = day.appointments
    .filter((booked) => booked.bay === bay && booked.status !== 'cancelled')
    .map((booked) => {
      const [from, to] = [minuteOf(day, booked.date), minuteOf(day, booked.ends_at)];
      const freeTo = booked.free_at === null ? to : minuteOf(day, booked.free_at);
      const keeps = takesBay(booked) ? freeTo : to;
      return { booked, from, to, freeTo: keeps, beganBefore: from < frame.from, goesOn: to > frame.to };
    })
    .filter(({ from, freeTo }) => freeTo > frame.from && from < frame.to)
    .toSorted((one, other) => one.from - other.from || one.booked.id - other.booked.id);
  return inLanes(
    spans.map((span) => ({
      ...span,
      from: Math.max(span.from, frame.from),
      to: Math.min(span.to, frame.to),
      freeTo: Math.min(span.freeTo, frame.to),
    })),
  );
}

function inLanes<T extends Span & { readonly freeTo: number }>(
  spans: readonly T[],
): (T & Pick<Block, 'lane' | 'lanes'>)[] {
  const drawn: (T & Pick<Block, 'lane' | 'lanes'>)[] = [];
  let group: (T & { readonly lane: number })[] = [];
  let ends: number[] = [];
  const close = () => {
    drawn.push(...group.map((span) => ({ ...span, lanes: ends.length })));
    [group, ends] = [[], []];
  };
  for (const span of spans) {
    if (ends.every((end) => end <= span.from)) close();
    const free = ends.findIndex((end) => end <= span.from);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = span.freeTo;
    group.push({ ...span, lane });
  }
  close();
  return drawn;
}

/** What takes a bay: appointments that keep it, and what callers hold. `except`: the id of an appointment that is in nobody's way. */
function taken(day: Day, bay: number, except: number | null): Span[] {
  const booked = day.appointments
    .filter((each) => each.bay === bay && takesBay(each) && each.id !== except)
    .map(({ date, ends_at, free_at }) => ({ from: date, to: free_at ?? ends_at }));
  return [...booked, ...day.held.filter((each) => each.bay === bay)].map(({ from, to }) => ({
    from: minuteOf(day, from),
    to: minuteOf(day, to),
  }));
}

/**
 * Whether an appointment of so many minutes that begins then looks free in this bay. It is a hint: the gateway decides. What would last longer than the bay
 * is open is taken to go on when it opens next.
 */
export function looksFree(
  day: Day,
  bay: number,
  start: string,
  minutes: number,
  except: number | null = null,
): boolean {
  const from = minuteOf(day, start);
  const open = (day.bays.find((each) => each.bay === bay)?.open ?? [])
    .map((part) => ({ from: minuteOf(day, part.from), to: minuteOf(day, part.to) }))
    .find((part) => part.from <= from && from < part.to);
  if (!open) return false;
  const to = Math.min(from + minutes, open.to);
  return taken(day, bay, except).every((other) => other.to <= from || to <= other.from);
}

/** The bays that look free at that time. */
export function freeBays(day: Day, start: string, minutes: number, except: number | null = null): number[] {
  return day.bays.map(({ bay }) => bay).filter((bay) => looksFree(day, bay, start, minutes, except));
}

/** How many minutes lie between two times of the grid, an hour at most. */
export function stepOf(day: Pick<Day, 'starts' | 'begins_at'>): number {
  const starts = day.starts.map((start) => minuteOf(day, start));
  const gaps = starts.slice(1).map((from, at) => from - (starts[at] ?? 0));
  return gaps.length === 0 ? 30 : Math.min(...gaps, 60);
}

/** The times of a bay that can be clicked: those that look free until the next one. */
export function freeStarts(day: Day, bay: number): { start: string; from: number; to: number }[] {
  const starts = day.starts.map((start) => ({ start, from: minuteOf(day, start) }));
  const step = stepOf(day);
  return starts.flatMap(({ start, from }) =>
    looksFree(day, bay, start, step) ? [{ start, from, to: from + step }] : [],
  );
}

/** The time of the grid at which a block is let go that is dragged to `minute`: the nearest one; null when there is none. */
export function nearestStart(
  { starts, ...day }: Pick<Day, 'starts' | 'begins_at'>,
  minute: number,
): string | null {
  const distance = (start: string) => Math.abs(minuteOf(day, start) - minute);
  return starts.toSorted((one, other) => distance(one) - distance(other))[0] ?? null;
}

/** The day as it will be when an appointment was moved: what is shown until the gateway has answered. */
export function withMoved(day: Day, id: number, to: { readonly date: string; readonly bay: number }): Day {
  const appointments = day.appointments.map((booked) => {
    if (booked.id !== id) return booked;
    const later = Date.parse(to.date) - Date.parse(booked.date);
    const moved = (time: string) => new Date(Date.parse(time) + later).toISOString();
    return {
      ...booked,
      ...to,
      ends_at: moved(booked.ends_at),
      free_at: booked.free_at && moved(booked.free_at),
    };
  });
  return { ...day, appointments };
}
