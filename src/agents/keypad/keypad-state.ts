import type { CarStatus } from '../../database/appointment-status.js';
import type { BookedAppointment } from '../../desk/desk.js';
import type { CollectedData, Intent } from '../../sessions/session.js';

/** A vehicle that an identified caller may choose; `name` as it is spoken, such as `2019 Honda Civic`. */
export interface VehicleChoice {
  readonly id: number;
  readonly name: string;
}

/** An appointment as a verified caller hears of it. */
export interface ToldAppointment extends BookedAppointment {
  readonly status: 'booked' | CarStatus;
  /** The vehicle as it is spoken; null: none is on file. */
  readonly car: string | null;
  /** It has not begun, and its car is not in the shop. */
  readonly mayChange: boolean;
}

/** What the caller was about to do with an appointment when the stream broke. `time`: the one chosen for a move; null: none yet. */
export interface GoOn {
  readonly as: 'hear' | 'move' | 'cancel';
  readonly id: number;
  readonly time: string | null;
}

/**
 * What only the desk can answer. `after` is the start of the last time heard, null for the first page; `except` a time that is not wanted.
 * `toldTime` is the time that the caller knows of the appointment; null: not known, after a resume.
 */
export type Lookup =
  | { readonly kind: 'identify' }
  | { readonly kind: 'list'; readonly goOn: GoOn | null }
  | { readonly kind: 'verify'; readonly digits: string }
  | {
      readonly kind: 'find';
      readonly serviceType: string;
      readonly after: string | null;
      readonly except: string | null;
    }
  | { readonly kind: 'hold'; readonly serviceType: string; readonly startsAt: string }
  | {
      readonly kind: 'book';
      readonly serviceType: string;
      readonly vehicleId: number | null;
      readonly startsAt: string;
    }
  | {
      readonly kind: 'move';
      readonly appointmentId: number;
      readonly toldTime: string | null;
      readonly startsAt: string;
    }
  | { readonly kind: 'cancel'; readonly appointmentId: number; readonly toldTime: string | null };

/** A lookup that writes: it is finished whatever the caller does meanwhile. */
export function isWrite({ kind }: Lookup): boolean {
  return kind === 'book' || kind === 'move' || kind === 'cancel';
}

/** What came of a lookup. `failed`: the desk did not answer in time or could not. */
export type Answer =
  | { readonly kind: 'vehicles'; readonly vehicles: readonly VehicleChoice[] }
  | { readonly kind: 'appointments'; readonly appointments: readonly ToldAppointment[] }
  | { readonly kind: 'not_identified' }
  | { readonly kind: 'vin_wanted' }
  | { readonly kind: 'vin_wrong'; readonly triesLeft: number }
  | { readonly kind: 'times'; readonly times: readonly string[] }
  /** The shop does not let callers book this service, or not any more. */
  | { readonly kind: 'not_bookable' }
  | { readonly kind: 'held' }
  | { readonly kind: 'booked'; readonly appointment: BookedAppointment }
  | { readonly kind: 'moved'; readonly appointment: BookedAppointment }
  | { readonly kind: 'cancelled'; readonly appointment: BookedAppointment }
  | { readonly kind: 'taken' }
  /** The desk books no more for this caller. */
  | { readonly kind: 'over_limit' }
  /** The appointment is not any more as the caller was told: nothing was done. */
  | { readonly kind: 'changed' }
  /** The desk does not do this for this caller. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'failed' };

/** Where in the menu the caller is, or was when the lookup that is running began. */
export type MenuPlace =
  /** `callBack`: the shop has been offered to ring the caller, who could not be served. */
  | { readonly name: 'menu'; readonly callBack?: true }
  /** The last digits of a VIN are being keyed; `keyed` so far. */
  | { readonly name: 'vin'; readonly keyed: string }
  /** `page` from 0. */
  | { readonly name: 'service'; readonly page: number }
  | { readonly name: 'vehicle'; readonly vehicles: readonly VehicleChoice[] }
  | { readonly name: 'times'; readonly offered: readonly string[] }
  | { readonly name: 'no_times' }
  | { readonly name: 'confirm' }
  /** The caller's appointments, of which one is read out; never empty. */
  | { readonly name: 'appointments'; readonly list: readonly ToldAppointment[]; readonly at: number }
  | { readonly name: 'cancel'; readonly appointment: ToldAppointment }
  /** A call-back was promised; only its urgency is asked. */
  | { readonly name: 'callback' }
  | { readonly name: 'unreachable'; readonly retry: Lookup }
  | { readonly name: 'over'; readonly as: 'completed' | 'transferring' };

export interface Waiting {
  readonly ticket: number;
  readonly lookup: Lookup;
  /** The caller asked for a person while something was being written: first its outcome, then the person. */
  readonly wantsPerson: boolean;
}

/** An appointment that this call has booked, as the session tells it. */
export interface Booked extends Pick<CollectedData, 'service_type' | 'vehicle_id' | 'appointment_time'> {
  readonly appointment_id: number;
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
  /** ISO 8601: the time chosen, and once booked or moved the time of the appointment. */
  readonly time: string | null;
  /** What this call has booked last: the session tells of it in place of what was chosen since. */
  readonly booked: Booked | null;
  /** The appointment that the caller hears of, moves or cancels; `date` is null when only the id is known, after a resume. */
  readonly chosen: { readonly id: number; readonly date: string | null } | null;
  /** What this call has done with it. */
  readonly changed: 'moved' | 'cancelled' | null;
  /** The caller was promised that the shop calls back. */
  readonly callback: boolean;
  /** And the car does not drive. */
  readonly urgent: boolean;
  /** The call ends because no answer came any more. */
  readonly unanswered: boolean;
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
  booked: null,
  chosen: null,
  changed: null,
  callback: false,
  urgent: false,
  unanswered: false,
  page: null,
  silences: 0,
  news: [],
};

/** The appointment that is being given another time; null: none is, and times are chosen for a new one. */
export function movedBy({ intent, chosen }: Pick<MenuState, 'intent' | 'chosen'>): MenuState['chosen'] {
  return intent === 'move_appointment' ? chosen : null;
}
