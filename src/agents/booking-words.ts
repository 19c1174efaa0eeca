import type { BookedAppointment } from '../desk/desk.js';

/**
 * A time in ISO 8601 as people say it: `tomorrow, Tuesday the twenty-fourth, at nine thirty in the morning`; or only its
 * day, or only its clock, or of that only the `hour` (`nine thirty`) or the `part_of_day` (`in the morning`). `until`: as briefly as a
 * moment ahead can be said after that word (`tomorrow at eight o'clock`).
 */
export type SayTime = (iso: string, part?: 'day' | 'clock' | 'hour' | 'part_of_day' | 'until') => string;

/** By what appointments are told. */
interface BookingWords {
  readonly sayTime: SayTime;
  readonly shop: { readonly nameOf: (serviceType: string) => string };
}

/** Built from the row that was written, not from what the caller chose. */
export function bookedSentences(
  { sayTime, shop }: BookingWords,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [bookedSentence(shop.nameOf(service_type)), seeYou(sayTime, date)];
}

/** The same for an appointment that now has another time. */
export function movedSentences(
  { sayTime, shop }: BookingWords,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [movedSentence(shop.nameOf(service_type)), seeYou(sayTime, date)];
}

/** Says also which one it was: a caller may have several. */
export function cancelledSentences(
  { sayTime, shop }: BookingWords,
  { service_type, date }: BookedAppointment,
): readonly string[] {
  return [sentence(`Your ${shop.nameOf(service_type)} ${onDay(sayTime(date))} has been cancelled`)];
}

/** `name`: of the service, as the shop's `nameOf` gives it. */
export function bookedSentence(name: string): string {
  return `Your ${name} is booked.`;
}

/** `name`: of the service, as the shop's `nameOf` gives it. */
export function movedSentence(name: string): string {
  return `Your ${name} has been moved.`;
}

/** `date` in ISO 8601. */
export function seeYou(sayTime: SayTime, date: string): string {
  return sentence(`We will see you ${onDay(sayTime(date))}`);
}

/** A spoken time, fit to follow a verb: `on Tuesday the twenty-fourth, …`, `tomorrow, …`. */
export function onDay(time: string): string {
  return /^to(day|morrow)\b/.test(time) ? time : `on ${time}`;
}

export function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
