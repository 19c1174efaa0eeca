import { findService } from '../appointments/services.js';
import type { BookedAppointment } from '../desk/desk.js';

/**
 * A time in ISO 8601 as people say it: `tomorrow, Tuesday the twenty-fourth, at nine thirty in the morning`; or only its
 * day, or only its clock.
 */
export type SayTime = (iso: string, part?: 'day' | 'clock') => string;

/** Built from the row that was written, not from what the caller chose. */
export function bookedSentences(
  sayTime: SayTime,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [bookedSentence(service_type), sentence(`We will see you ${onDay(sayTime(date))}`)];
}

/** The same for an appointment that now has another time. */
export function movedSentences(
  sayTime: SayTime,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [
    `Your ${nounOf(service_type)} has been moved.`,
    sentence(`We will see you ${onDay(sayTime(date))}`),
  ];
}

/** Says also which one it was: a caller may have several. */
export function cancelledSentences(
  sayTime: SayTime,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [sentence(`Your ${nounOf(service_type)} ${onDay(sayTime(date))} has been cancelled`)];
}

export function bookedSentence(serviceType: string): string {
  return `Your ${nounOf(serviceType)} is booked.`;
}

/** What is booked, fit to follow "your"; `appointment` for a service that the shop does not have any more. */
export function nounOf(serviceType: string): string {
  return findService(serviceType)?.name ?? 'appointment';
}

/** A spoken time, fit to follow a verb: `on Tuesday the twenty-fourth, …`, `tomorrow, …`. */
export function onDay(time: string): string {
  return /^to(day|morrow)\b/.test(time) ? time : `on ${time}`;
}

export function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
