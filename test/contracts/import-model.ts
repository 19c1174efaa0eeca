import { isSameVehicle } from '../../src/customers/import/customer-file.js';
import type { StoredImportCustomer, StoredImportVehicle } from '../../src/database/import-schema.js';

/** The customers of a shop by their numbers; the vehicles of each in the order in which they came. */
export type ModelShop = ReadonlyMap<string, StoredImportCustomer>;

/** What a file makes of a shop, one customer after the other, as `docs/shop.md` says it; `null` where one vehicle of the shop may be two of the file. */
export function imported(shop: ModelShop, file: readonly StoredImportCustomer[]): ModelShop | null {
  const after = new Map(shop);
  for (const customer of file) {
    const known = shop.get(customer.phone_number);
    const vehicles = joinedVehicles(known?.vehicles ?? [], customer.vehicles);
    if (vehicles === null) return null;
    after.set(customer.phone_number, {
      ...customer,
      ...(known && {
        first_name: known.first_name,
        last_name: known.last_name || customer.last_name,
        email: known.email ?? customer.email,
        notes: known.notes ?? customer.notes,
      }),
      vehicles,
    });
  }
  return after;
}

/** What is created, joined and added between a shop and what a file of so many customers has made of it. */
export function counted(shop: ModelShop, after: ModelShop, file: number) {
  const created = after.size - shop.size;
  return { created, joined: file - created, vehicles: vehiclesIn(after) - vehiclesIn(shop) };
}

function vehiclesIn(shop: ModelShop): number {
  return [...shop.values()].reduce((sum, { vehicles }) => sum + vehicles.length, 0);
}

function joinedVehicles(
  known: readonly StoredImportVehicle[],
  listed: readonly StoredImportVehicle[],
): StoredImportVehicle[] | null {
  const vehicles = [...known];
  for (const vehicle of known)
    if (listed.filter((other) => isSameVehicle(vehicle, other)).length > 1) return null;
  for (const listedOne of listed) {
    const best = surestOf(known, listedOne);
    if (best === undefined) vehicles.push(listedOne);
    else vehicles[known.indexOf(best)] = filledBy(best, listedOne);
  }
  return vehicles;
}

/** By VIN, else by plate, else by make, model and year; the oldest of them. */
function surestOf(known: readonly StoredImportVehicle[], listed: StoredImportVehicle) {
  const same = known.filter((vehicle) => isSameVehicle(vehicle, listed));
  const both = (name: 'vin' | 'plate') =>
    same.find((vehicle) => vehicle[name] !== null && listed[name] !== null);
  return both('vin') ?? both('plate') ?? same[0];
}

function filledBy(vehicle: StoredImportVehicle, { year, vin, plate }: StoredImportVehicle) {
  return {
    ...vehicle,
    year: vehicle.year ?? year,
    vin: vehicle.vin ?? vin,
    plate: vehicle.plate ?? plate,
  };
}
