import type { UpcomingAppointment } from '../../customers/customer.js';
import type { BookedAppointment } from '../../desk/desk.js';
import type { Intent } from '../../sessions/session.js';

/** A vehicle that an identified caller may choose; `name` as it is spoken, such as `2019 Honda Civic`. */
export interface VehicleChoice {
  readonly id: number;
  readonly name: string;
}

/** What only the desk can answer. `after` is the start of the last time heard, null for the first page. */
export type Lookup =
  | { readonly kind: 'identify' }
  | { readonly kind: 'list' }
  | { readonly kind: 'verify'; readonly digits: string }
  | { readonly kind: 'find'; readonly serviceType: string; readonly after: string | null }
  | { readonly kind: 'hold'; readonly serviceType: string; readonly startsAt: string }
  | {
      readonly kind: 'book';
      readonly serviceType: string;
      readonly vehicleId: number | null;
      readonly startsAt: string;
    };

/** What came of a lookup. `failed`: the desk did not answer in time or could not. */
export type Answer =
  | { readonly kind: 'vehicles'; readonly vehicles: readonly VehicleChoice[] }
  | { readonly kind: 'appointments'; readonly appointments: readonly UpcomingAppointment[] }
  | { readonly kind: 'not_identified' }
  | { readonly kind: 'vin_wanted' }
  | { readonly kind: 'vin_wrong'; readonly triesLeft: number }
  | { readonly kind: 'times'; readonly times: readonly string[] }
  | { readonly kind: 'held' }
  | { readonly kind: 'booked'; readonly appointment: BookedAppointment }
  | { readonly kind: 'taken' }
  /** The desk books no more for this caller. */
  | { readonly kind: 'over_limit' }
  | { readonly kind: 'failed' };

/** Where in the menu the caller is, or was when the lookup that is running began. */
export type MenuPlace =
  /** `callBack`: the shop has been offered to ring the caller, who could not be served. */
  | { readonly name: 'menu'; readonly callBack?: true }
  /** The last digits of a VIN are being keyed; `keyed` so far. */
  | { readonly name: 'vin'; readonly keyed: string }
  | { readonly name: 'service' }
  | { readonly name: 'vehicle'; readonly vehicles: readonly VehicleChoice[] }
  | { readonly name: 'times'; readonly offered: readonly string[] }
  | { readonly name: 'no_times' }
  | { readonly name: 'confirm' }
  | { readonly name: 'unreachable'; readonly retry: Lookup }
  | { readonly name: 'over'; readonly as: 'completed' | 'transferring' };

export interface Waiting {
  readonly ticket: number;
  readonly lookup: Lookup;
  /** The caller asked for a person while the booking was being written: first its outcome, then the person. */
  readonly wantsPerson: boolean;
}

/** The whole state of one caller's walk through the menu: plain JSON, never mutated. */
export interface MenuState {
  readonly place: MenuPlace;
  readonly waiting: Waiting | null;
  /** How many lookups were begun; an answer with an older ticket is stale. */
  readonly tickets: number;
  readonly intent: Intent | null;
  readonly service: string | null;
  /** `name` is null when only the id is known, after a resume. */
  readonly vehicle: { readonly id: number; readonly name: string | null } | null;
  /** ISO 8601: the time chosen, and once booked the time of the appointment. */
  readonly time: string | null;
  /** The id of the appointment that this call has booked. */
  readonly appointment: number | null;
  /** The caller was promised that the shop calls back. */
  readonly callback: boolean;
  /** The page of open times last offered starts after this time; null: from the first. */
  readonly page: string | null;
  /** Prompts in a row that nobody answered. */
  readonly silences: number;
  /** What was told before the choices of this place; heard again with the star key. */
  readonly news: readonly string[];
}

export const INITIAL_STATE: MenuState = {
  place: { name: 'menu' },
  waiting: null,
  tickets: 0,
  intent: null,
  service: null,
  vehicle: null,
  time: null,
  appointment: null,
  callback: false,
  page: null,
  silences: 0,
  news: [],
};
