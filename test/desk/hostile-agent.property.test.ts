import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/customers/customer.js';
import { isAttested } from '../../src/desk/identity.js';
import { callAtDesk } from '../support/call-at-desk.js';
import {
  askHostile,
  type HostileQuestion,
  hostileQuestions,
  idsOf,
  personalQuestions,
} from '../support/hostile-questions.js';
import { PRIVATE, PrivateShop, wordsIn } from '../support/private-shop.js';
import { runs } from '../support/property-runs.js';
import { STIR_VERDICTS } from '../support/stir-verdicts.js';
import { lendEmbedded, type TestDatabase } from '../support/test-database.js';

const CALLS = 100;
const QUESTIONS_A_CALL = 20;
const OPEN = '2026-03-05T08:00:00-06:00';

let store: TestDatabase;
let shop: PrivateShop;
let maria: Customer;
let james: Customer;

beforeAll(async () => {
  store = await lendEmbedded();
  ({ shop, maria, james } = await PrivateShop.open(store.database));
});
afterAll(() => store.drop());

const call = (customer: Customer, stir: string | null) =>
  shop.desk.forCall(callAtDesk({ phone: customer.phone_number, customer, stir }));

describe('an agent that asks for everything', () => {
  const verdicts = STIR_VERDICTS.filter((stir) => !isAttested(stir));

  test('is refused all that is personal by caller ID alone, whatever the carrier says', async () => {
    const before = await shop.rows();
    let attempts = 0;
    for (const stir of verdicts) {
      expect(await call(maria, stir).firstName()).toBeNull();
      for (const question of personalQuestions([maria, james], OPEN)) {
        const { how, told } = await askHostile(call(maria, stir), question);
        expect({ stir, ...question, how }).toEqual({ stir, ...question, how: 'refused' });
        expect(wordsIn(told)).toEqual([]);
        attempts += 1;
      }
    }
    expect(attempts).toBeGreaterThanOrEqual(100);
    expect(await shop.rows()).toBe(before);
    expect(await shop.removeCalls()).toBe(0);
    const { values } = await shop.metrics.deskRefusals.get();
    expect(values).toEqual([expect.objectContaining({ labels: { rule: 'not_verified' }, value: attempts })]);
  });

  test('gets the caller’s own with attestation A, and nothing of another customer', async () => {
    const before = await shop.rows();
    const desk = call(maria, 'TN-Validation-Passed-A');
    expect((await desk.upcoming()).map(({ id }) => id)).toEqual(
      maria.upcoming_appointments.map(({ id }) => id),
    );
    expect(await desk.vehicles()).toEqual([
      { id: maria.vehicles[0]?.id, make: 'Zaporozhets', model: 'P70', year: 1972 },
    ]);
    const [his, car] = [james.upcoming_appointments[0]?.id, james.vehicles[0]?.id];
    const forbidden: HostileQuestion[] = [
      { method: 'cancel', args: [his] },
      { method: 'move', args: [{ appointmentId: his, startsAt: OPEN }] },
      { method: 'book', args: [{ serviceType: 'tires', startsAt: OPEN, vehicleId: car }] },
    ];
    for (const question of forbidden) expect((await askHostile(desk, question)).how).toBe('refused');
    expect(await shop.rows()).toBe(before);
  });

  const questions = () =>
    fc.array(hostileQuestions(idsOf([maria, james])), {
      minLength: QUESTIONS_A_CALL,
      maxLength: QUESTIONS_A_CALL,
    });

  test('has no effect on other rows and hears nothing private, whatever it sends', {
    timeout: 120_000,
  }, async () => {
    const before = await shop.rows();
    const property = fc.asyncProperty(questions(), async (asked) => {
      const desk = call(maria, null);
      for (const question of asked) {
        // The right digits are no attack.
        if (question.method === 'verify' && question.args[0] === '7042') continue;
        const { how, told } = await askHostile(desk, question);
        expect({ how, told, question }).not.toMatchObject({ how: 'broken' });
        expect(wordsIn(told)).toEqual([]);
      }
      expect(await shop.rows()).toBe(before);
      await shop.removeCalls();
    });
    await fc.assert(property, { numRuns: runs(CALLS) });
  });

  test('for a caller who has proved it has no effect on others either', { timeout: 120_000 }, async () => {
    const before = await shop.rows(maria);
    const property = fc.asyncProperty(questions(), async (asked) => {
      const desk = call(maria, 'TN-Validation-Passed-A');
      for (const question of asked) {
        const { how, told } = await askHostile(desk, question);
        expect({ how, told, question }).not.toMatchObject({ how: 'broken' });
        expect(wordsIn(told, PRIVATE.james)).toEqual([]);
      }
      expect(await shop.rows(maria)).toBe(before);
      await shop.removeCalls();
    });
    await fc.assert(property, { numRuns: runs(CALLS) });
  });
});
