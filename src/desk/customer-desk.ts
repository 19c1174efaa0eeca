import { GatewayError } from '../core/errors.js';
import type { ChangesOf, CustomerRecord, VehicleRecord } from '../customers/customer.js';
import type {
  CustomerRepository,
  NewCustomer,
  NewVehicle,
  VehicleWrite,
} from '../customers/customer-repository.js';
import type { CustomerQuery } from '../customers/customer-search.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { DeskExecutor } from './desk-executor.js';

/**
 * The customers and their vehicles. Numbers are taken in any usual form. Rejects within 2 s with `NOT_FOUND`, `BAD_REQUEST`, `CONFLICT`
 * (another customer has the number) or `UNAVAILABLE`.
 */
export class CustomerDesk {
  readonly #customers: CustomerRepository;
  readonly #executor: DeskExecutor;

  constructor(customers: CustomerRepository, executor: DeskExecutor) {
    this.#customers = customers;
    this.#executor = executor;
  }

  /** Newest first; with `phone` the customer who has it, or `[]`. */
  async list(query: CustomerQuery): Promise<readonly CustomerRecord[]> {
    return this.#executor.bounded(async () => {
      return this.#customers.list({ ...query, phone: query.phone && e164(query.phone, 'phone') });
    });
  }

  async get(id: number): Promise<CustomerRecord> {
    return this.#executor.bounded(async () => (await this.#customers.findById(id)) ?? notFound('customer'));
  }

  async create(customer: NewCustomer): Promise<CustomerRecord> {
    return this.#executor.bounded(async () => {
      const created = await this.#customers.create({
        ...customer,
        phone_number: e164(customer.phone_number),
      });
      await this.#executor.forget(created.phone_number);
      return created;
    });
  }

  async change(id: number, changes: ChangesOf<NewCustomer>): Promise<CustomerRecord> {
    return this.#executor.bounded(async () => {
      const phone_number = changes.phone_number === undefined ? undefined : e164(changes.phone_number);
      const changed = await this.#customers.change(id, { ...changes, phone_number });
      if (!changed) return notFound('customer');
      await this.#executor.forget(changed.previousPhone, changed.customer.phone_number);
      return changed.customer;
    });
  }

  async addVehicle(customerId: number, vehicle: NewVehicle): Promise<VehicleRecord> {
    return this.#written('customer', () => this.#customers.addVehicle(customerId, vehicle));
  }

  async changeVehicle(id: number, changes: ChangesOf<NewVehicle>): Promise<VehicleRecord> {
    return this.#written('vehicle', () => this.#customers.changeVehicle(id, changes));
  }

  /** Gives the vehicle as it was; its appointments stay. */
  async removeVehicle(id: number): Promise<VehicleRecord> {
    return this.#written('vehicle', () => this.#customers.removeVehicle(id));
  }

  #written(what: string, write: () => Promise<VehicleWrite | null>): Promise<VehicleRecord> {
    return this.#executor.bounded(async () => {
      const written = await write();
      if (!written) return notFound(what);
      await this.#executor.forget(written.ownerPhone);
      return written.vehicle;
    });
  }
}

function e164(phone: string, field = 'phone_number'): string {
  const number = normalizePhone(phone);
  if (number !== null) return number;
  throw new GatewayError('BAD_REQUEST', `${field} is not a phone number: write it like +1 512 555 0100.`);
}

function notFound(what: string): never {
  throw new GatewayError('NOT_FOUND', `There is no ${what} with this id.`);
}
