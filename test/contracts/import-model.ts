import { isSameVehicle } from '../../src/customers/import/customer-file.js';
import type { StoredImportCustomer, StoredImportVehicle } from '../../src/database/import-schema.js';

/** The customers of a shop by their numbers. */
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

/** Vehicles of one customer have no order of their own. */
export function inOrder(vehicles: readonly StoredImportVehicle[]): StoredImportVehicle[] {
  const text = ({ make, model, year, vin, plate }: StoredImportVehicle) =>
    JSON.stringify([make, model, year, vin, plate]);
  return [...vehicles].sort((a, b) => (text(a) < text(b) ? -1 : 1));
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
  const same = (vehicle: StoredImportVehicle) => listed.filter((other) => isSameVehicle(vehicle, other));
  if (known.some((vehicle) => same(vehicle).length > 1)) return null;
  const filled = known.map((vehicle) => {
    const [other] = same(vehicle);
    return {
      ...vehicle,
      year: vehicle.year ?? other?.year ?? null,
      vin: vehicle.vin ?? other?.vin ?? null,
      plate: vehicle.plate ?? other?.plate ?? null,
    };
  });
  const added = listed.filter((vehicle) => !known.some((other) => isSameVehicle(other, vehicle)));
  return inOrder([...filled, ...added]);
}
