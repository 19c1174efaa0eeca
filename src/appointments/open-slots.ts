import { createHash, randomUUID } from 'node:crypto';
import type { CacheResult } from '../core/store-metrics.js';
import { VERSION } from '../core/version.js';
import { dateOf } from '../database/shop-time.js';
import type { Service } from '../shop/service.js';
import type { BookingRules } from '../shop/shop.js';
import type { BookReader, BookState, BusyBook } from './book-state.js';
import { BusyBays } from './busy-bays.js';
import type { OpenTimes, Slot } from './open-times.js';
import { type OpenDay, type OpenTimesCache, readOpenDay, writeOpenDay } from './open-times-cache.js';
import { DAY_MS } from './wall-clock.js';

export interface OpenSlotsOptions {
  readonly book: BookReader;
  readonly cache: OpenTimesCache;
  /** Only this process reads and writes the book: what others have cached is of another one. */
  readonly isOwn: boolean;
  /** Told of each service and day that is looked up. */
  readonly onLookUp?: ((result: CacheResult) => void) | undefined;
}

interface SlotQuery {
  readonly times: OpenTimes;
  readonly service: Service;
  /** Unix milliseconds. */
  readonly from: number;
  readonly limit: number;
  readonly now: Date;
  /** Whether the caller who asks may have a slot; absent: any slot. */
  readonly mayHave?: (slot: Slot) => boolean;
}

/** So many days are looked up at once, and then the rest in larger parts: most callers take one of the next days. */
const PARTS = [2, 5, 14, 60];
/** So often what is cached and what is read must be of one state. */
const TRIES = 3;
/** No clock is further from UTC. */
const FURTHEST_MS = DAY_MS * 0.7;

type Days = ReadonlyMap<number, OpenDay>;

/**
 * The times at which an appointment can begin, from a cache and never other than the book gives them: an entry counts only while it is of the
 * state in which the book is now, and all that one answer is made of is of one state. What depends on the clock is not cached: lead
 * time, cut-off and horizon are applied to each answer, and an entry ends with the first hold in it. Nor what depends on who asks.
 */
export class OpenSlots {
  readonly #options: OpenSlotsOptions;
  readonly #salt: string;
  readonly #keys = new WeakMap<BookingRules, string>();

  constructor(options: OpenSlotsOptions) {
    this.#options = options;
    this.#salt = options.isOwn ? randomUUID() : '';
  }

  /** The next `limit` from `from` on, soonest first. Rejects as the database does. */
  async next(query: SlotQuery): Promise<readonly Slot[]> {
    for (let n = 0; n < TRIES; n++) {
      const slots = await this.#ofOneState(query);
      if (slots !== null) return slots;
    }
    // The book changes faster than it can be put together: then all is read anew, in one statement.
    const days = daysOf(query);
    return offered(query, days, (await this.#read(query, days)).days);
  }

  /** Null: somebody wrote meanwhile, and what is known by now is of two states. */
  async #ofOneState(query: SlotQuery): Promise<readonly Slot[] | null> {
    const parts = inParts(daysOf(query));
    // Both at once: an entry that is of another state than this does not count, whichever was read first.
    const [asked, first] = await Promise.all([this.#options.book.state(), this.#look(query, parts[0] ?? [])]);
    if (asked === null) return null;
    let state = asked;
    const slots: Slot[] = [];
    for (const [n, days] of parts.entries()) {
      const texts = n === 0 ? first : await this.#look(query, days);
      const known = this.#known(query, days, texts, state);
      const missing = days.filter((day) => !known.has(day));
      const added = missing.length === 0 ? null : await this.#read(query, missing);
      if (added !== null && !isSame(added.state, state)) {
        // Unless all of the answer is of the later one.
        if (added.state === null || n > 0 || known.size > 0) return null;
        state = added.state;
      }
      slots.push(...offered(query, days, new Map([...known, ...(added?.days ?? [])]), slots.length));
      if (slots.length >= query.limit) break;
    }
    return slots;
  }

  #look({ service }: SlotQuery, days: readonly number[]): Promise<readonly (string | null)[]> {
    return this.#options.cache.read(days.map((day) => ({ serviceType: service.type, day: dateOf(day) })));
  }

  #known(
    { times, now }: SlotQuery,
    days: readonly number[],
    texts: readonly (string | null)[],
    state: BookState,
  ): Days {
    const stamp = this.#stamp(times.rules, state);
    const known = new Map<number, OpenDay>();
    for (const [n, day] of days.entries()) {
      const entry = readOpenDay(texts[n] ?? null, stamp, now);
      this.#options.onLookUp?.(entry === null ? 'miss' : 'hit');
      if (entry !== null) known.set(day, entry);
    }
    return known;
  }

  /** From the book; the cache gets it, too. */
  async #read(query: SlotQuery, days: readonly number[]): Promise<{ state: BookState | null; days: Days }> {
    const { times, service, now } = query;
    const { state, busy, until } = await this.#options.book.busy(spanOf(query, days), now);
    const bays = new BusyBays(busy);
    const read = new Map<number, OpenDay>();
    for (const day of days) read.set(day, { slots: slotsOn(times, service, day, bays), since: now, until });
    if (state !== null) {
      const stamp = this.#stamp(times.rules, state);
      const entries = [...read].map(([day, open]) => ({
        serviceType: service.type,
        day: dateOf(day),
        text: writeOpenDay(open, stamp),
      }));
      void this.#options.cache.write(entries);
    }
    return { state, days: read };
  }

  #stamp(rules: BookingRules, { book, revision }: BookState): string {
    const key = this.#keys.get(rules) ?? keyOf(rules, this.#salt);
    this.#keys.set(rules, key);
    return `${book}.${revision}.${key}`;
  }
}

function daysOf({ times, from, now }: SlotQuery): number[] {
  const { wall } = times.openings;
  const [first, last] = [wall.dayAt(from), wall.dayAt(times.window(now).latest) + 1];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
}

function inParts(days: readonly number[]): readonly (readonly number[])[] {
  const parts: (readonly number[])[] = [];
  for (let begin = 0; begin < days.length; ) {
    const size = PARTS[parts.length] ?? days.length;
    parts.push(days.slice(begin, begin + size));
    begin += size;
  }
  return parts;
}

/** What of these days can be booked now, so many at most that there are `limit` with those that there are already. */
function offered(query: SlotQuery, days: readonly number[], open: Days, already = 0): Slot[] {
  const { times, from, limit, now, mayHave = () => true } = query;
  const isOffered = times.offeredAt(now);
  const found: Slot[] = [];
  for (const day of days) {
    for (const [start, end] of open.get(day)?.slots ?? []) {
      if (found.length + already >= limit) return found;
      if (start < from || !isOffered(start)) continue;
      const slot = { start: new Date(start), end: new Date(end) };
      if (mayHave(slot)) found.push(slot);
    }
  }
  return found;
}

function spanOf({ times, service }: SlotQuery, days: readonly number[]): Slot {
  const [first = 0, last = first] = [days[0], days.at(-1)];
  return {
    start: new Date(first * DAY_MS - FURTHEST_MS),
    end: new Date((last + 1) * DAY_MS + FURTHEST_MS + times.longestStay(service)),
  };
}

function slotsOn(times: OpenTimes, service: Service, day: number, busy: BusyBays): OpenDay['slots'] {
  const places = [...times.freeOn(service, day, busy)];
  return places.map(({ startsAt, endsAt }) => [startsAt.getTime(), endsAt.getTime()]);
}

/** Gateways that go by other rules, or count otherwise, do not take each other's entries. */
function keyOf(rules: BookingRules, salt: string): string {
  const all = JSON.stringify([VERSION, salt, rules]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

function isSame(one: BusyBook['state'], other: BookState): boolean {
  return one !== null && one.book === other.book && one.revision === other.revision;
}
