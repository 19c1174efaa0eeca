import { z } from 'zod';
import type { LiveSession } from '../../../sessions/live-session.js';

/** So many are kept of a kind; the oldest goes first. A day has at most 48 times. */
const MOST_KEPT = 60;

const Slot = z.object({ id: z.string(), service_type: z.string(), starts_at: z.string() });
const KnownRow = z.object({
  id: z.string(),
  row: z.int(),
  service_type: z.string(),
  date: z.string(),
  booked_for: z.int().nullable().optional(),
});
const KnownVehicle = z.object({ id: z.string(), row: z.int() });

/** An open time that was told in this call: `s1`, `s2`, … */
export type OfferedSlot = z.infer<typeof Slot>;
/**
 * An appointment that was told or booked in this call: `a1`, …; `row`: its id in the book. `booked_for`: the vehicle that this call has booked it
 * for, or null; absent: it was booked before.
 */
export type KnownAppointment = z.infer<typeof KnownRow>;

/**
 * The short names by which the model speaks of open times, appointments and vehicles: no id of a table ever reaches it, and a name that was not
 * given in this call means nothing. They stand in the session, so that another gateway can go on with them.
 */
export class CallHandles {
  readonly #session: Pick<LiveSession, 'data' | 'change'>;

  readonly #callerTurns: (() => number) | undefined;
  /** How many turns the caller had had when a name was last told. */
  readonly #toldAt = new Map<string, number>();

  /** `callerTurns`: how often the caller has spoken or keyed so far; absent: not known. */
  constructor(session: Pick<LiveSession, 'data' | 'change'>, callerTurns?: () => number) {
    this.#session = session;
    this.#callerTurns = callerTurns;
  }

  /** The model is told of this one, or reads it back, now: the caller cannot have agreed to it yet. */
  told(id: string): void {
    if (this.#callerTurns) this.#toldAt.set(id, this.#callerTurns());
  }

  /** Whether the caller has said anything since the model was told of it; true where that is not known. */
  mayBeAnswered(id: string): boolean {
    const told = this.#toldAt.get(id);
    return told === undefined || this.#callerTurns === undefined || this.#callerTurns() > told;
  }

  /** Null: no such slot was told in this call. */
  slot(id: string): OfferedSlot | null {
    return this.#read('slots', Slot).find((slot) => slot.id === id) ?? null;
  }

  /** In the order given; a time that was told before keeps its name. */
  addSlots(serviceType: string, times: readonly string[]): readonly OfferedSlot[] {
    const slots = times.map((starts_at) => ({ service_type: serviceType, starts_at }));
    const isSame = (a: Omit<OfferedSlot, 'id'>, b: Omit<OfferedSlot, 'id'>) =>
      a.service_type === b.service_type && a.starts_at === b.starts_at;
    return this.#add('slots', 's', Slot, slots, isSame);
  }

  appointment(id: string): KnownAppointment | null {
    return this.appointments.find((known) => known.id === id) ?? null;
  }

  get appointments(): readonly KnownAppointment[] {
    return this.#read('appointments', KnownRow);
  }

  /** What this call has booked for this time; undefined: nothing. */
  bookedAt(time: string): KnownAppointment | undefined {
    const isThen = ({ date }: KnownAppointment) => Date.parse(date) === Date.parse(time);
    return this.appointments.find((known) => known.booked_for !== undefined && isThen(known));
  }

  /** One that is known keeps its name and takes the new time. `bookedFor`: as in {@link KnownAppointment}. */
  addAppointments(
    rows: readonly { id: number; service_type: string; date: string }[],
    bookedFor?: number | null,
  ) {
    const before = this.appointments;
    const known = rows.map(({ id: row, service_type, date }) => {
      const booked =
        bookedFor === undefined ? before.find((each) => each.row === row)?.booked_for : bookedFor;
      return { row, service_type, date, ...(booked === undefined ? {} : { booked_for: booked }) };
    });
    return this.#add('appointments', 'a', KnownRow, known, (a, b) => a.row === b.row);
  }

  removeAppointment(row: number): void {
    this.#write(
      'appointments',
      this.appointments.filter((known) => known.row !== row),
    );
  }

  /** The id of a vehicle that was told; null: none has that name. */
  vehicle(id: string): number | null {
    return this.#read('vehicles', KnownVehicle).find((known) => known.id === id)?.row ?? null;
  }

  addVehicles(vehicles: readonly { id: number }[]) {
    const rows = vehicles.map(({ id: row }) => ({ row }));
    return this.#add('vehicles', 'v', KnownVehicle, rows, (a, b) => a.row === b.row);
  }

  #add<T extends { id: string }>(
    key: string,
    letter: string,
    schema: z.ZodType<T>,
    items: readonly Omit<T, 'id'>[],
    isSame: (a: Omit<T, 'id'>, b: Omit<T, 'id'>) => boolean,
  ): readonly T[] {
    const before = this.#read(key, schema);
    let last = Math.max(0, ...before.map(({ id }) => Number(id.slice(1)) || 0));
    const named = items.map((item) => {
      const id = before.find((known) => isSame(known, item))?.id ?? `${letter}${++last}`;
      return schema.parse({ ...item, id });
    });
    const others = before.filter(({ id }) => !named.some((each) => each.id === id));
    this.#write(key, [...others, ...named].slice(-MOST_KEPT));
    for (const { id } of named) if (!before.some((known) => known.id === id)) this.told(id);
    return named;
  }

  // Others may write sessions too: what is not as we write it is as good as not there.
  #read<T>(key: string, schema: z.ZodType<T>): readonly T[] {
    const read = z.array(schema).max(MOST_KEPT).safeParse(this.#session.data.collected_data[key]);
    return read.success ? read.data : [];
  }

  #write(key: string, items: readonly unknown[]): void {
    const { collected_data } = this.#session.data;
    this.#session.change({ collected_data: { ...collected_data, [key]: items } });
  }
}
