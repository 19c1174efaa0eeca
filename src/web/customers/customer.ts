export interface Vehicle {
  readonly id: number;
  readonly make: string;
  readonly model: string;
  readonly year: number | null;
  readonly vin: string | null;
  readonly plate: string | null;
}

/** A customer as `GET /api/customers` tells it. */
export interface Customer {
  readonly id: number;
  readonly phone_number: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string | null;
  readonly notes: string | null;
  readonly vehicles: readonly Vehicle[];
  readonly upcoming_appointments: readonly {
    readonly id: number;
    readonly service_type: string;
    readonly date: string;
  }[];
  readonly last_service_date: string | null;
}

export function nameOf({ first_name, last_name }: Pick<Customer, 'first_name' | 'last_name'>): string {
  return `${first_name} ${last_name}`.trim();
}

/** `2019 Kia Rio, XYZ 12`. */
export function vehicleText({
  year,
  make,
  model,
  plate,
}: Pick<Vehicle, 'year' | 'make' | 'model' | 'plate'>): string {
  const car = [year, make, model].filter(Boolean).join(' ');
  return plate === null ? car : `${car}, ${plate}`;
}
