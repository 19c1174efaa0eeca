import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { appointments } from '../../src/database/schema.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const NOW = new Date('2026-03-02T15:00:00Z');
const maria = {
  phone_number: '+15125550123',
  first_name: 'Maria',
  last_name: 'Alvarez',
  email: 'maria@example.com',
};
const james = { phone_number: '+15125550124', first_name: 'Jámes 💚', last_name: "O'Brien" };

/** What the customers must be in every kind of database. */
export function customerRepositoryContract({ name, create }: DatabaseKind): void {
  describe(`the customers in ${name}`, () => {
    let store: TestDatabase;
    let repository: CustomerRepository;
    beforeAll(async () => {
      store = await create();
      const { database } = store;
      repository = new CustomerRepository({ database, timezone: () => 'America/Chicago', clock: () => NOW });
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));

    test('are stored and found by id and by number', async () => {
      const created = await repository.create(maria);
      expect(created).toEqual({
        id: expect.any(Number),
        ...maria,
        notes: null,
        vehicles: [],
        upcoming_appointments: [],
        last_service_date: null,
      });
      expect(await repository.findById(created.id)).toEqual(created);
      const { notes: _notes, ...cached } = created;
      expect(await repository.findByPhone(maria.phone_number)).toEqual(cached);
      expect(await repository.phoneOf(created.id)).toBe(maria.phone_number);
    });

    test('are null when there is no such customer', async () => {
      expect(await repository.findById(1)).toBeNull();
      expect(await repository.findByPhone(maria.phone_number)).toBeNull();
      expect(await repository.phoneOf(1)).toBeNull();
      expect(await repository.change(1, { first_name: 'X' })).toBeNull();
      expect(await repository.addVehicle(1, { make: 'Kia', model: 'Rio' })).toBeNull();
      expect(await repository.changeVehicle(1, { make: 'Kia' })).toBeNull();
      expect(await repository.removeVehicle(1)).toBeNull();
    });

    test('come newest first, in pages', async () => {
      const first = await repository.create(maria);
      const second = await repository.create(james);
      expect(await repository.list({ limit: 10 })).toEqual([second, first]);
      expect(await repository.list({ limit: 1 })).toEqual([second]);
      expect(await repository.list({ limit: 10, before: second.id })).toEqual([first]);
      expect(await repository.list({ limit: 10, phone: maria.phone_number })).toEqual([first]);
    });

    test('have numbers of their own', async () => {
      await repository.create(maria);
      const other = await repository.create(james);
      const taken = { code: 'CONFLICT', message: expect.not.stringContaining('5550') };
      await expect(repository.create(maria)).rejects.toMatchObject(taken);
      await expect(repository.change(other.id, maria)).rejects.toMatchObject(taken);
      expect(await repository.findById(other.id)).toEqual(other);
    });

    test('are changed in the given fields only, and the number before is told', async () => {
      const created = await repository.create(maria);
      const changed = await repository.change(created.id, { phone_number: james.phone_number, email: null });
      expect(changed?.previousPhone).toBe(maria.phone_number);
      expect(changed?.customer).toEqual({ ...created, phone_number: james.phone_number, email: null });
      const same = await repository.change(created.id, { first_name: undefined });
      expect(same?.customer).toEqual(changed?.customer);
    });

    test('have notes and plates that staff see, and what is cached has neither', async () => {
      const { id } = await repository.create({ ...maria, notes: 'Rings twice.' });
      await repository.addVehicle(id, { make: 'Kia', model: 'Rio', plate: 'ABC 123' });
      const changed = await repository.change(id, { notes: 'Rings once.' });
      expect(changed?.customer).toMatchObject({ notes: 'Rings once.', vehicles: [{ plate: 'ABC 123' }] });
      expect((await repository.change(id, { notes: null }))?.customer.notes).toBeNull();
      const cached = JSON.stringify(await repository.findByPhone(maria.phone_number));
      expect(cached).toContain('Rio');
      for (const hidden of ['notes', 'plate', 'ABC 123']) expect(cached).not.toContain(hidden);
    });

    test('have vehicles that are added, changed and removed', async () => {
      const { id } = await repository.create(maria);
      const added = await repository.addVehicle(id, { make: 'Kia', model: 'Rio', year: 2016 });
      expect(added).toEqual({
        vehicle: { id: expect.any(Number), make: 'Kia', model: 'Rio', year: 2016, vin: null, plate: null },
        ownerPhone: maria.phone_number,
      });
      const carId = added?.vehicle.id ?? 0;
      const changed = await repository.changeVehicle(carId, { vin: 'KNADM4A31G6000000', year: null });
      expect(changed?.vehicle).toEqual({ ...added?.vehicle, vin: 'KNADM4A31G6000000', year: null });
      expect((await repository.changeVehicle(carId, {}))?.vehicle).toEqual(changed?.vehicle);
      expect((await repository.findById(id))?.vehicles).toEqual([changed?.vehicle]);
      expect(await repository.removeVehicle(carId)).toEqual(changed);
      expect((await repository.findById(id))?.vehicles).toEqual([]);
    });

    test("show their coming appointments soonest first and their last visit, in the shop's time", async () => {
      const { id: customerId } = await repository.create(maria);
      const other = await repository.create(james);
      type Status = 'booked' | 'arrived' | 'ready' | 'completed' | 'no_show' | 'cancelled';
      const row = (startsAt: string, status: Status, bay: number) => ({
        serviceType: 'tires',
        status,
        bay,
        customerId,
        startsAt: new Date(startsAt),
        endsAt: new Date(Date.parse(startsAt) + 3_600_000),
      });
      const heldUntil = new Date('2026-03-02T15:02:00Z');
      const held = { ...row('2026-03-03T20:00:00Z', 'booked', 1), status: 'held' as const, heldUntil };
      await store.database.run((sql) =>
        sql
          .insert(appointments)
          .values([
            row('2026-03-10T15:00:00Z', 'booked', 1),
            row('2026-03-03T15:00:00Z', 'booked', 1),
            row('2026-03-04T15:00:00Z', 'cancelled', 1),
            row('2026-03-02T15:30:00Z', 'arrived', 1),
            row('2026-02-02T15:00:00Z', 'completed', 1),
            row('2026-02-20T15:00:00Z', 'ready', 1),
            row('2026-02-25T15:00:00Z', 'cancelled', 1),
            row('2026-02-26T15:00:00Z', 'no_show', 1),
            held,
          ]),
      );
      const found = await repository.findById(customerId);
      expect(found?.last_service_date).toBe('2026-02-20T09:00:00-06:00');
      expect(found?.upcoming_appointments).toEqual([
        { id: expect.any(Number), service_type: 'tires', date: '2026-03-02T09:30:00-06:00' },
        { id: expect.any(Number), service_type: 'tires', date: '2026-03-03T09:00:00-06:00' },
        { id: expect.any(Number), service_type: 'tires', date: '2026-03-10T10:00:00-05:00' },
      ]);
      expect(await repository.findById(other.id)).toEqual(other);
    });
  });
}
