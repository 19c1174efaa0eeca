import type { OpeningHours } from '../../core/opening-hours.js';
import type { Closure } from '../../shop/closure.js';
import type { Service } from '../../shop/service.js';
import type { BookingWords } from '../booking-words.js';

/** What the talking agent knows of the shop; the same for every call. */
export interface ShopFacts extends Pick<BookingWords, 'nameOf'> {
  readonly name: string;
  /** As callers are to hear it; null: not told. */
  readonly address: string | null;
  /** IANA name of the zone in which days and times are meant. */
  readonly timezone: string;
  readonly hours: OpeningHours;
  readonly closures: readonly Closure[];
  /** The opening hours in words, such as `Monday to Friday, eight a.m. to five p.m.` */
  readonly spokenHours: string;
  readonly services: readonly Service[];
  /** There is a number to which a caller who wants a person is handed. */
  readonly canTransfer: boolean;
}
