/** Holds are none of these: they are nobody's appointment yet. */
export const APPOINTMENT_STATUSES = [
  'booked',
  'arrived',
  'in_progress',
  'waiting_for_parts',
  'ready',
  'completed',
  'no_show',
  'cancelled',
] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

/** The car is in the shop. */
export const IN_SHOP = ['arrived', 'in_progress', 'waiting_for_parts', 'ready'] as const;
export type CarStatus = (typeof IN_SHOP)[number];

/** Its bay is taken, as the constraint `appointments_bay_free` has it; a hold takes one too. */
export const KEEPS_BAY = ['booked', ...IN_SHOP] as const;

/** Whether an appointment of this status takes its bay. */
export function keepsBay(status: string): boolean {
  return KEEPS_BAY.some((each) => each === status);
}
