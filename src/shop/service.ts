/** What a caller can bring a car in for. */
export interface Service {
  /** Its name for programs: `oil_change`. */
  readonly type: string;
  /** What is booked, fit to follow "your": `oil change`, `brake service`. */
  readonly name: string;
  /** As a choice in a list: `an oil change`, `brakes`. */
  readonly choice: string;
  /** How long the work takes. */
  readonly minutes: number;
  /** In cents; null: no price is told. */
  readonly price_cents: number | null;
  /** The bays in which it can be done, counted from 1; null: in any. */
  readonly bays: readonly number[] | null;
  /** False: it is named, and a person has to make the appointment. */
  readonly bookable: boolean;
  /** For so long its bay stays taken after the work. */
  readonly after_minutes: number;
  /** Work that does not end before closing goes on when the shop opens next; else such a time is not offered. */
  readonly carries_over: boolean;
}

function service(type: string, choice: string, name: string, minutes: number): Service {
  return {
    type,
    name,
    choice,
    minutes,
    price_cents: null,
    bays: null,
    bookable: true,
    after_minutes: 0,
    carries_over: false,
  };
}

/** The services of a shop that has set none, in the order of the touch-tone menu. */
export const DEFAULT_SERVICES: readonly Service[] = [
  service('oil_change', 'an oil change', 'oil change', 30),
  service('brakes', 'brakes', 'brake service', 120),
  service('tires', 'tires', 'tire service', 60),
  service('inspection', 'an inspection', 'inspection', 60),
  service('other', 'something else', 'service visit', 60),
];
