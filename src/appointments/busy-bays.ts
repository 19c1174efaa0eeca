/** A bay that is taken for a while. */
export interface BusySlot {
  readonly bay: number;
  readonly start: Date;
  /** When it is free again. */
  readonly end: Date;
}

/** The times at which one bay is taken, by their beginning; `ends[n]` is the latest end of the first n + 1 of them. */
interface Taken {
  readonly starts: number[];
  readonly ends: number[];
}

/** Which bays are taken when. */
export class BusyBays {
  readonly #bays = new Map<number, Taken>();

  constructor(busy: Iterable<BusySlot> = []) {
    for (const slot of [...busy].sort((a, b) => a.start.getTime() - b.start.getTime())) this.#append(slot);
  }

  /**
   * Whether this bay is free from `from` to `to` (Unix milliseconds), and fewer than all `bays` of the shop are taken in that time. A bay above `bays`
   * (the shop had more once) still counts as one taken.
   */
  hasRoom(bay: number, from: number, to: number, bays: number): boolean {
    if (this.#isTaken(this.#bays.get(bay), from, to)) return false;
    let taken = 0;
    for (const each of this.#bays.values()) if (this.#isTaken(each, from, to)) taken++;
    return taken < bays;
  }

  /** Takes one more, at whatever time. */
  add(slot: BusySlot): void {
    const { starts, ends } = this.#of(slot.bay);
    const at = countBelow(starts, slot.start.getTime());
    starts.splice(at, 0, slot.start.getTime());
    ends.splice(at, 0, Math.max(slot.end.getTime(), ends[at - 1] ?? Number.NEGATIVE_INFINITY));
    for (let later = at + 1; later < ends.length; later++) {
      ends[later] = Math.max(ends[later] ?? 0, ends[later - 1] ?? 0);
    }
  }

  #append({ bay, start, end }: BusySlot): void {
    const { starts, ends } = this.#of(bay);
    starts.push(start.getTime());
    ends.push(Math.max(end.getTime(), ends.at(-1) ?? Number.NEGATIVE_INFINITY));
  }

  #of(bay: number): Taken {
    const known = this.#bays.get(bay);
    if (known) return known;
    const taken: Taken = { starts: [], ends: [] };
    this.#bays.set(bay, taken);
    return taken;
  }

  #isTaken(taken: Taken | undefined, from: number, to: number): boolean {
    if (!taken) return false;
    const begun = countBelow(taken.starts, to);
    return begun > 0 && (taken.ends[begun - 1] ?? from) > from;
  }
}

/** How many of these, in ascending order, are below `limit`. */
function countBelow(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
