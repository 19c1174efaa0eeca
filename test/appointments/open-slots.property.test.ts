import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, describe, expect, inject, test } from 'vitest';
import type { BookReader, BusyBook } from '../../src/appointments/book-state.js';
import { BusyBays, type BusySlot } from '../../src/appointments/busy-bays.js';
import { OpenSlots } from '../../src/appointments/open-slots.js';
import { OpenTimes, type Slot } from '../../src/appointments/open-times.js';
import { memoryOpenTimesCache, type OpenTimesCache } from '../../src/appointments/open-times-cache.js';
import { redisOpenTimesCache } from '../../src/appointments/redis-open-times-cache.js';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { shopOf } from '../../src/shop/shop.js';
import { runs } from '../support/property-runs.js';

const HOUR_MS = 3_600_000;
const MONDAY = Date.parse('2026-03-02T08:00:00Z');

/** A state of the book: `revision` as the database counts it, and what is taken, holds until when. */
interface Version {
  readonly revision: number;
  readonly taken: readonly (BusySlot & { readonly heldUntil: number | null })[];
}

/** A database as slow as chance has it: what it answers is as of a moment between the question and the answer. */
class ModelBook implements BookReader {
  readonly versions: Version[] = [{ revision: 1, taken: [] }];
  readonly #name: string;
  readonly #pause: () => Promise<void>;

  constructor(name: string, pause: () => Promise<void>) {
    this.#name = name;
    this.#pause = pause;
  }

  get latest(): Version {
    const version = this.versions.at(-1);
    if (version === undefined) throw new Error('there is always one');
    return version;
  }

  write(change: (taken: Version['taken']) => Version['taken']): void {
    const { revision, taken } = this.latest;
    this.versions.push({ revision: revision + 1, taken: change(taken) });
  }

  async state() {
    await this.#pause();
    const { revision } = this.latest;
    await this.#pause();
    return { book: this.#name, revision };
  }

  async busy(_span: Slot, now: Date): Promise<BusyBook> {
    await this.#pause();
    const { revision, taken } = this.latest;
    await this.#pause();
    const live = taken.filter(({ heldUntil }) => heldUntil === null || heldUntil > now.getTime());
    const holds = live.flatMap(({ heldUntil }) => heldUntil ?? []);
    const until = holds.length === 0 ? null : new Date(Math.min(...holds));
    return { state: { book: this.#name, revision }, busy: live, until };
  }
}

const shopWith = (hours: string, lead_minutes: number) =>
  shopOf({ set: { timezone: 'UTC', hours, bays: 1, lead_minutes, horizon_days: 4, slot_minutes: 60 } }).rules;
const RULES = [shopWith('Mon-Sun 09:00-12:00', 0), shopWith('Mon-Sun 10:00-13:00', 60)] as const;

/** The answer of a book that is in this state, worked out without any cache. */
function plainAnswer({ taken }: Version, times: OpenTimes, from: number, limit: number, now: Date): string[] {
  const live = taken.filter(({ heldUntil }) => heldUntil === null || heldUntil > now.getTime());
  const places = times.places(times.serviceOf('oil_change'), from, new BusyBays(live), now);
  const starts: string[] = [];
  for (const { startsAt } of places) if (starts.length < limit) starts.push(startsAt.toISOString());
  return starts;
}

const kind = <K extends string>(name: K) => fc.constant(name);
const gateway = fc.nat(1);
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('read'),
      gateway,
      fromHour: fc.nat(30),
      limit: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('take'),
      day: fc.nat(2),
      hour: fc.integer({ min: 1, max: 4 }),
      isHold: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('free'), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('rules'), gateway, rules: fc.constantFrom(...RULES) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('wait'), minutes: fc.nat(20) }) },
);
const scenario = fc.record({ seed: fc.nat(), steps: fc.array(step, { minLength: 4, maxLength: 14 }) });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** From 0 to `most`, the same for the same seed. */
function chanceOf(seed: number): (most: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * (most + 1));
  };
}

let books = 0;

/** Two gateways with one book and one cache, whose reads and writes run into each other. */
class Play {
  /** Answers that the book would not have given at any moment of their request. */
  readonly wrong: unknown[] = [];
  hits = 0;
  readonly #pause: () => Promise<void>;
  readonly #book: ModelBook;
  readonly #gateways: { readonly slots: OpenSlots; times: OpenTimes }[];
  readonly #reads: Promise<void>[] = [];
  #now = MONDAY;

  constructor(seed: number, cache: OpenTimesCache, turn: () => Promise<unknown>) {
    const chance = chanceOf(seed);
    this.#pause = async () => {
      for (let left = chance(3); left > 0; left--) await turn();
    };
    this.#book = new ModelBook(`model${process.pid}.${books++}`, this.#pause);
    const onLookUp = (result: string) => {
      if (result === 'hit') this.hits += 1;
    };
    this.#gateways = [0, 1].map(() => ({
      slots: new OpenSlots({ book: this.#book, cache, isOwn: false, onLookUp }),
      times: new OpenTimes(RULES[0]),
    }));
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) {
      this.#take(each);
      await this.#pause();
    }
    await Promise.all(this.#reads);
  }

  #take(each: Step): void {
    if (each.kind === 'wait') this.#now += each.minutes * 60_000;
    else if (each.kind === 'read') this.#reads.push(this.#read(each));
    else if (each.kind === 'rules') {
      const at = this.#gateways[each.gateway];
      if (at) at.times = new OpenTimes(each.rules);
    } else if (each.kind === 'free') {
      this.#book.write((taken) => taken.filter((_, n) => n !== each.which));
    } else {
      const start = new Date(MONDAY + (each.day * 24 + each.hour) * HOUR_MS);
      const end = new Date(start.getTime() + HOUR_MS);
      const heldUntil = each.isHold ? this.#now + 2 * 60_000 : null;
      this.#book.write((taken) => [...taken, { bay: 1, start, end, heldUntil }]);
    }
  }

  async #read({ gateway: at, fromHour, limit }: Extract<Step, { kind: 'read' }>): Promise<void> {
    const { slots, times } = this.#gateways[at] ?? raise();
    const now = new Date(this.#now);
    const from = Math.max(times.window(now).earliest, MONDAY + fromHour * HOUR_MS);
    const query = { times, service: times.serviceOf('oil_change'), from, limit, now };
    const first = this.#book.versions.length - 1;
    const answer = (await slots.next(query)).map(({ start }) => start.toISOString());
    const possible = this.#book.versions
      .slice(first)
      .map((version) => plainAnswer(version, times, from, limit, now));
    if (!possible.some((each) => JSON.stringify(each) === JSON.stringify(answer)))
      this.wrong.push({ answer, possible });
  }
}

function raise(): never {
  throw new Error('there are two gateways');
}

describe('open times from a cache', () => {
  const client = new RedisClient({
    url: inject('redisUrl'),
    logger: silentLogger(),
    commandTimeoutMs: 10_000,
  });
  afterAll(() => client.close());

  // In process all goes on within a turn; answers of Redis come in turns of their own.
  test.each([
    { name: 'in process', cache: memoryOpenTimesCache(), turn: () => Promise.resolve(), count: 20_000 },
    { name: 'in Redis', cache: redisOpenTimesCache(client), turn: () => nextTurn(), count: 2_000 },
  ])(
    '$name are what the book would have given at a moment of the request',
    async ({ cache, turn, count }) => {
      let hits = 0;
      const property = fc.asyncProperty(scenario, async ({ seed, steps }) => {
        const play = new Play(seed, cache, turn);
        await play.run(steps);
        hits += play.hits;
        expect(play.wrong).toEqual([]);
      });
      await fc.assert(property, { numRuns: runs(count) });
      // Else this would say nothing of a cache.
      expect(hits).toBeGreaterThan(0);
    },
    600_000,
  );

  test('are read from the book alone when the cache gives nothing, and when it gives what is no entry', async () => {
    for (const text of [null, '', '{}', '{"stamp":1}', '[1,2]', 'null']) {
      const broken: OpenTimesCache = {
        read: async (days) => days.map(() => text),
        write: async () => undefined,
      };
      const play = new Play(1, broken, () => Promise.resolve());
      const read = { kind: 'read', gateway: 0, fromHour: 0, limit: 12 } as const;
      await play.run([read, { kind: 'take', day: 0, hour: 2, isHold: false }, read]);
      expect([play.wrong, play.hits]).toEqual([[], 0]);
    }
  });

  test('are read once from a book that is written to all the time', async () => {
    const book = new ModelBook('busy', () => Promise.resolve());
    let reads = 0;
    const written: BookReader = {
      state: async () => {
        const state = await book.state();
        book.write((taken) => taken);
        return state;
      },
      busy: (span, now) => {
        reads += 1;
        return book.busy(span, now);
      },
    };
    const slots = new OpenSlots({ book: written, cache: memoryOpenTimesCache(), isOwn: true });
    const times = new OpenTimes(RULES[0]);
    const now = new Date(MONDAY);
    const query = { times, service: times.serviceOf('oil_change'), from: MONDAY, limit: 3, now };
    const found = (await slots.next(query)).map(({ start }) => start.toISOString());
    expect(found).toEqual(plainAnswer(book.latest, times, MONDAY, 3, now));
    expect(reads).toBe(1);
  });
});
