import type { StoredImportCustomer, StoredImportVehicle } from '../../database/import-schema.js';
import { type CsvColumns, columnsOf } from './csv-columns.js';
import { type CsvRecord, decodeCsv, readRecords } from './csv-records.js';
import { readRow } from './customer-row.js';
import type { FileReport } from './import-reader.js';

interface ReadFile {
  readonly report: FileReport;
  /** In the order of the file, each number once; empty when there is a problem. */
  readonly customers: readonly StoredImportCustomer[];
}

export const MOST_ROWS = 100_000;
const MOST_FAULTS = 5000;
const FIRST_ROWS = 20;

interface Draft {
  readonly customer: Omit<StoredImportCustomer, 'vehicles'>;
  readonly vehicles: StoredImportVehicle[];
}

/** Reads a whole file of customers: rows of the same number become one, with the vehicles of all. Takes seconds for a large one: for a thread of its own. */
export function readCustomerFile(bytes: Uint8Array, now = new Date()): ReadFile {
  const file = new CustomerFile(now);
  const broken = readRecords(decodeCsv(bytes), (record) => file.add(record));
  return file.end(broken);
}

class CustomerFile {
  readonly #now: Date;
  readonly #customers = new Map<string, Draft>();
  readonly #faults: FileReport['faults'][number][] = [];
  readonly #firstRows: FileReport['firstRows'][number][] = [];
  #columns: CsvColumns | null = null;
  #rows = 0;
  #blank = 0;
  #refused = 0;

  constructor(now: Date) {
    this.#now = now;
  }

  add({ line, cells }: CsvRecord): void {
    if (this.#columns === null) return this.#begin(cells);
    if (this.#columns.phones.length === 0 || this.#rows >= MOST_ROWS + 1) return;
    const row = readRow(cells, this.#columns, this.#now);
    if (row.status === 'blank') {
      this.#blank += 1;
      return;
    }
    this.#rows += 1;
    if (row.status === 'read') {
      if (this.#firstRows.length < FIRST_ROWS) this.#firstRows.push({ line, ...row.customer });
      return this.#join(row.customer);
    }
    this.#refused += 1;
    const room = MOST_FAULTS - this.#faults.length;
    this.#faults.push(...row.faults.slice(0, room).map((fault) => ({ line, ...fault })));
  }

  end(broken: string | null): ReadFile {
    const problem = broken ?? this.#problem();
    const report = {
      problem,
      rows: this.#rows,
      blank: this.#blank,
      refused: this.#refused,
      faults: this.#faults,
      headers: this.#columns?.headers ?? [],
      firstRows: this.#firstRows,
    };
    if (problem !== null) return { report, customers: [] };
    const customers = [...this.#customers.values()].map(({ customer, vehicles }) => ({
      ...customer,
      vehicles,
    }));
    return { report, customers };
  }

  /** The first line with anything in it is the header. */
  #begin(cells: readonly string[]): void {
    if (cells.every((cell) => cell.trim() === '')) return;
    this.#columns = columnsOf(cells);
  }

  #problem(): string | null {
    const { phones, cells } = this.#columns ?? {};
    if (!phones || !cells) return 'The file is empty.';
    const hasName = ['name', 'first_name', 'last_name'].some((field) =>
      this.#columns?.headers.some((each) => each.field === field),
    );
    if (phones.length === 0 || !hasName) {
      const missing = phones.length === 0 ? 'phone numbers: call it "Phone"' : 'names: call it "Name"';
      return `The first line must name the columns, and none of them is of ${missing}.`;
    }
    if (this.#rows === 0) return 'The file has a line with the names of columns, and no customers below it.';
    if (this.#rows > MOST_ROWS)
      return `The file has more than ${MOST_ROWS} rows. Split it: customers of several files are joined by their number.`;
    if (this.#refused === 0) return null;
    return `${this.#refused} of ${this.#rows} rows cannot be taken, so nothing was changed. Correct them or take them out, and send the file again.`;
  }

  /** What the first row of a number has stays; later ones fill what is empty, and bring their vehicles. */
  #join({ vehicles, ...customer }: StoredImportCustomer): void {
    const known = this.#customers.get(customer.phone_number);
    if (!known) {
      this.#customers.set(customer.phone_number, { customer, vehicles: [...vehicles] });
      return;
    }
    const joined = {
      ...known.customer,
      last_name: known.customer.last_name || customer.last_name,
      email: known.customer.email ?? customer.email,
      notes: known.customer.notes ?? customer.notes,
    };
    this.#customers.set(customer.phone_number, { customer: joined, vehicles: known.vehicles });
    for (const vehicle of vehicles) addVehicle(known.vehicles, vehicle);
  }
}

function addVehicle(to: StoredImportVehicle[], vehicle: StoredImportVehicle): void {
  const at = to.findIndex((known) => isSameVehicle(known, vehicle));
  const known = to[at];
  if (!known) {
    to.push(vehicle);
    return;
  }
  to[at] = {
    ...known,
    year: known.year ?? vehicle.year,
    vin: known.vin ?? vehicle.vin,
    plate: known.plate ?? vehicle.plate,
  };
}

/** By VIN where both have one, else by plate where both have one, else by make, model and, where both have one, year. The database goes by the same rule. */
export function isSameVehicle(one: StoredImportVehicle, other: StoredImportVehicle): boolean {
  if (one.vin !== null && other.vin !== null) return one.vin.toUpperCase() === other.vin.toUpperCase();
  if (one.plate !== null && other.plate !== null) return plateKey(one.plate) === plateKey(other.plate);
  const years = one.year === null || other.year === null || one.year === other.year;
  return years && sameText(one.make, other.make) && sameText(one.model, other.model);
}

function plateKey(plate: string): string {
  return plate.toUpperCase().replace(/[ \-.·]/g, '');
}

function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
