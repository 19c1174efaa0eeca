import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import type { NumberOnFile } from '../../src/customers/wrong-vin-tries.js';
import { CallerIdentity } from '../../src/desk/identity.js';
import { callAtDesk } from '../support/call-at-desk.js';
import { runs } from '../support/property-runs.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OWNER = '+15125550123';
const RIGHT = '0123';
const maria = {
  id: 1,
  phone_number: OWNER,
  first_name: 'Maria',
  last_name: 'Alvarez',
  email: null,
  vehicles: [],
  upcoming_appointments: [],
  last_service_date: null,
};

/** The tries of the last day, kept in memory as the table keeps them, on a clock that the test sets. */
class TriesInMemory {
  now = 0;
  readonly wrong: { phone: string; at: number }[] = [];

  async take<T extends { readonly result: string }>(phone: string, judge: (onFile: NumberOnFile) => T) {
    const lastDay = this.wrong.filter(({ at }) => at > this.now - DAY_MS);
    const own = lastDay.filter((each) => each.phone === phone);
    const verdict = judge({
      customerId: phone === OWNER ? 1 : null,
      vins: phone === OWNER ? [`4T1B11HK5KU20${RIGHT}`] : [],
      wrongTries: own.length,
      sinceWrongMs: this.now - (own.at(-1)?.at ?? Number.NEGATIVE_INFINITY),
      shop: { lastHour: lastDay.filter(({ at }) => at > this.now - HOUR_MS).length, lastDay: lastDay.length },
    });
    if (verdict.result === 'wrong') this.wrong.push({ phone, at: this.now });
    return verdict;
  }

  async look(): Promise<never> {
    throw new Error('None of these is a test call.');
  }

  mostInADay(phone?: string): number {
    const counted = this.wrong.filter((each) => phone === undefined || each.phone === phone);
    const windows = counted.map(
      ({ at }) => counted.filter((each) => each.at >= at && each.at < at + DAY_MS).length,
    );
    return Math.max(0, ...windows);
  }
}

function callFrom(phone: string, tries: TriesInMemory, attested = false): CallerIdentity {
  const call = callAtDesk({ phone, attested, customer: phone === OWNER ? maria : null });
  return new CallerIdentity({ call, tries, metrics: new Metrics() });
}

/** A call that guesses as often as it may; returns what it was told. */
async function guess(phone: string, tries: TriesInMemory): Promise<string[]> {
  const identity = callFrom(phone, tries);
  const told: string[] = [];
  while (identity.mayTry) told.push((await identity.try('9999')).outcome);
  return told;
}

const numbers = Array.from({ length: 40 }, (_, n) => (n === 0 ? OWNER : `+151255502${10 + n}`));
const attack = fc.array(
  fc.record({
    from: fc.nat({ max: numbers.length - 1 }),
    calls: fc.integer({ min: 1, max: 12 }),
    waitMinutes: fc.nat({ max: 300 }),
  }),
  { minLength: 5, maxLength: 60 },
);

test('however it is guessed, few guesses a day are taken, and an attested owner is never shut out', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(attack, async (steps) => {
      const tries = new TriesInMemory();
      for (const { from, calls, waitMinutes } of steps) {
        for (let n = 0; n < calls; n += 1) await guess(numbers[from] ?? OWNER, tries);
        expect(await callFrom(OWNER, tries, true).customerId()).toBe(1);
        tries.now += waitMinutes * 60_000;
      }
      expect(tries.mostInADay()).toBeLessThan(250);
      for (const phone of numbers) expect(tries.mostInADay(phone)).toBeLessThan(20);
    }),
    { numRuns: runs(60) },
  );
});

test('who guesses without a pause for two days gets no more, by one number or by all', {
  timeout: 120_000,
}, async () => {
  for (const from of [numbers.slice(0, 1), numbers.slice(1)]) {
    const tries = new TriesInMemory();
    for (let minute = 0; minute < 2 * 1440; minute += 5) {
      tries.now = minute * 60_000;
      for (const phone of from.slice(0, 10)) await guess(phone, tries);
    }
    expect(tries.mostInADay()).toBeLessThan(from.length === 1 ? 20 : 250);
  }
});

test('an owner whose number others guessed from hears the same as any other caller, and can prove who calls again within hours', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 30 }), async (calls) => {
      const [hers, nobodys] = [new TriesInMemory(), new TriesInMemory()];
      for (let n = 0; n < calls; n += 1)
        expect(await guess(OWNER, hers)).toEqual(await guess('+15125550299', nobodys));
      for (const tries of [hers, nobodys]) {
        expect((await callFrom(tries === hers ? OWNER : '+15125550299', tries).try(RIGHT)).outcome).toBe(
          'refused',
        );
        tries.now += 4 * HOUR_MS;
      }
      expect((await callFrom(OWNER, hers).try(RIGHT)).outcome).toBe('verified');
    }),
  );
});
