import type { APPOINTMENTS } from '../../server/routes/appointments.js';
import type { AnswerOf } from '../../server/routes/operation.js';
import { ask, Refusal } from '../shell/api.js';
import type { Day } from './day.js';

export type Made = AnswerOf<typeof APPOINTMENTS.create>;

/** What is booked, and for whom. */
export interface Booking {
  readonly service_type: string;
  /** ISO 8601. */
  readonly date: string;
  readonly customer_id: number | null;
}

/** After these the gateway, or a proxy before it, does not know whether it was done; 0: no answer came. */
const UNKNOWN_STATUSES = [0, 502, 503, 504];
const NOT_TWICE = 'If it was booked all the same, another press of Book finds it and books nothing twice.';

/** Books for a form in which somebody may press the button again: what an earlier press has booked, and whose answer did not come, is found in the book. */
export class BookingTries {
  /** Of the first press whose answer did not come: what was to be booked, and what stood there before. */
  #open: { readonly what: string; readonly before: ReadonlySet<number> } | null = null;

  /** `day`: on which it is, `YYYY-MM-DD`. Throws a refusal. */
  async book(day: string, booking: Booking): Promise<Made> {
    const { service_type, date, customer_id } = booking;
    const what = `${customer_id} ${service_type} ${date}`;
    const standing = await equalsOf(day, booking);
    const { before } = this.#open?.what === what ? this.#open : { before: idsOf(standing) };
    const made = standing.find(({ id }) => !before.has(id));
    if (made) return made;
    try {
      return await ask<Made>('/api/appointments', { method: 'POST', body: booking });
    } catch (error) {
      if (!(error instanceof Refusal) || !UNKNOWN_STATUSES.includes(error.status)) throw error;
      this.#open = { what, before };
      const found = await equalsOf(day, booking).catch(() => []);
      const late = found.find(({ id }) => !before.has(id));
      if (late) return late;
      throw new Refusal(`${error.message} ${NOT_TWICE}`, error.status);
    }
  }
}

/** What stands in the book for the same customer, service and time. */
async function equalsOf(day: string, { service_type, date, customer_id }: Booking): Promise<readonly Made[]> {
  const { appointments } = await ask<Day>(`/api/day?day=${day}`);
  return appointments.filter(
    (each) =>
      each.customer_id === customer_id &&
      each.service_type === service_type &&
      each.status !== 'cancelled' &&
      Date.parse(each.date) === Date.parse(date),
  );
}

function idsOf(appointments: readonly Made[]): ReadonlySet<number> {
  return new Set(appointments.map(({ id }) => id));
}
