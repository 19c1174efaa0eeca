import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/customers/customer.js';
import { readCallerName } from '../../src/desk/caller-name.js';
import { type CallAtDeskOptions, callAtDesk } from '../support/call-at-desk.js';
import { PrivateShop } from '../support/private-shop.js';
import { emptyTables, lendEmbedded, type TestDatabase } from '../support/test-database.js';

const EIGHT = '2026-03-05T08:00:00-06:00';
const newCustomer = { firstName: 'Jane', lastName: 'Doe' };
const request = { serviceType: 'tires', startsAt: EIGHT, vehicleId: null, newCustomer };

describe('the name that a caller gives with a booking', () => {
  let store: TestDatabase;
  let shop: PrivateShop;
  let maria: Customer;
  beforeAll(async () => {
    store = await lendEmbedded();
  });
  afterAll(() => store.drop());
  beforeEach(async () => {
    await emptyTables(store.database);
    ({ shop, maria } = await PrivateShop.open(store.database));
  });
  const names = async () =>
    (await shop.desk.customers.list({ limit: 10 })).map(({ first_name }) => first_name);
  const bookBy = async (options: CallAtDeskOptions) => {
    const call = callAtDesk(options);
    return { call, result: await shop.desk.forCall(call).book(request) };
  };

  test('becomes a customer of the call’s number, who has proved nothing by it', async () => {
    const { call, result } = await bookBy({ phone: '+15125550177' });
    expect(result.status).toBe('booked');
    const [jane] = await shop.desk.customers.list({ limit: 1 });
    expect(jane).toMatchObject({ phone_number: '+15125550177', first_name: 'Jane', last_name: 'Doe' });
    expect(call.session.data).toMatchObject({ customer_id: jane?.id, verified: null });
    const desk = shop.desk.forCall(call);
    expect(await desk.isVerified()).toBe(false);
    await expect(desk.upcoming()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test.each([
    ['a customer has', { phone: '+15125550142' }, true],
    ['a customer has, and that is not known yet', { phone: '+15125550142' }, false],
    ['is not shown', { phone: 'anonymous' }, false],
    ['is none', { phone: 'client:browser' }, false],
  ])('is left out for a number that %s', async (_, options, isKnown) => {
    const { result } = await bookBy({ ...options, customer: isKnown ? maria : null });
    expect(result.status).toBe('booked');
    expect(await names()).toEqual(['Jamesbond', 'Marialuisa']);
  });

  test('is refused when it is no name', async () => {
    const desk = shop.desk.forCall(callAtDesk({ phone: '+15125550177' }));
    for (const firstName of ['', '1 or 1=1', "'; drop", '\u202eenaJ', 'x'.repeat(61), '<b>'])
      await expect(
        desk.book({ ...request, newCustomer: { ...newCustomer, firstName } }),
      ).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.stringContaining('newCustomer must be a first and a last name'),
      });
    expect(await names()).toHaveLength(2);
  });
});

test.each([
  ['Jane', 'Doe', { firstName: 'Jane', lastName: 'Doe' }],
  ['  Mary  Ann ', "O'Brien-Smith", { firstName: 'Mary Ann', lastName: "O'Brien-Smith" }],
  ['José', 'Núñez', { firstName: 'José', lastName: 'Núñez' }],
  ['李', '小龙', { firstName: '李', lastName: '小龙' }],
  ['Jane', '', null],
  ['Jane', '5125550100', null],
])('"%s" "%s" is read as a name or as none', (first, last, name) => {
  expect(readCallerName({ first, last })).toEqual(name);
});
