import { z } from 'zod';
import { BoundedMap } from '../core/bounded-map.js';
import { parsedJson } from '../core/json.js';

/** For so long open times are kept at most. */
export const KEPT_MS = 60_000;

/** One service on one day, `YYYY-MM-DD` in the shop's zone. */
export interface ServiceDay {
  readonly serviceType: string;
  readonly day: string;
}

/** Texts by service and day, for {@link KEPT_MS}. Like other caches it never rejects: what fails reads as null, and what is not written is not there. */
export interface OpenTimesCache {
  /** In the order of `days`; null where there is none. */
  read(days: readonly ServiceDay[]): Promise<readonly (string | null)[]>;
  write(entries: readonly (ServiceDay & { readonly text: string })[]): Promise<void>;
}

/** Open times in this process. Bounded: what was not written lately goes first. */
export function memoryOpenTimesCache(): OpenTimesCache {
  const entries = new BoundedMap<string, { readonly text: string; readonly expiresAt: number }>();
  const keyOf = ({ serviceType, day }: ServiceDay) => `${serviceType}:${day}`;
  return {
    async read(days) {
      const found = days.map((each) => entries.get(keyOf(each)));
      return found.map((entry) => (entry && entry.expiresAt > performance.now() ? entry.text : null));
    },
    async write(written) {
      const expiresAt = performance.now() + KEPT_MS;
      for (const { text, ...day } of written) entries.set(keyOf(day), { text, expiresAt });
    },
  };
}

/** When a service can begin on a day by all but the clock: neither lead time nor horizon are applied. */
export interface OpenDay {
  /** When each begins and ends, in Unix milliseconds: most are read, and few are given. */
  readonly slots: readonly (readonly [start: number, end: number])[];
  /** When it was read: who asked before may not see what holds have freed since. */
  readonly since: Date;
  /** From this instant on it may be otherwise, though nobody writes: a hold ends. Null: there is none. */
  readonly until: Date | null;
}

/**
 * `stamp` says of which state of the book and by which rules they are: as long as that is the one in force, they are what the book would
 * give.
 */
export function writeOpenDay({ slots, since, until }: OpenDay, stamp: string): string {
  return JSON.stringify({
    stamp,
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
    slots,
  });
}

const instant = z.iso.datetime().transform((text) => new Date(text));
const Entry = z.object({
  stamp: z.string(),
  since: instant,
  until: instant.nullable(),
  slots: z.array(z.tuple([z.number(), z.number()])),
});

/** The slots of an entry with this stamp that holds at `now`; null when it is another, or none of ours. */
export function readOpenDay(text: string | null, stamp: string, now: Date): OpenDay | null {
  // Most are out of date: then there is no need to read all of it.
  if (text === null || !text.startsWith(`{"stamp":${JSON.stringify(stamp)},`)) return null;
  const entry = Entry.safeParse(parsedJson(text));
  if (!entry.success) return null;
  const { since, until, slots } = entry.data;
  if (since > now || (until !== null && until <= now)) return null;
  return { slots, since, until };
}
