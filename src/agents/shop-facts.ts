import { openNow } from '../appointments/openings.js';
import type { OpeningHours } from '../core/opening-hours.js';
import { toShopTime } from '../database/shop-time.js';
import type { ClosureHours } from '../shop/closure.js';
import type { Service } from '../shop/service.js';
import { nameOfService, type Shop } from '../shop/shop.js';
import { spokenHours } from '../speech/spoken-hours.js';
import { timesIn } from '../speech/spoken-time.js';
import type { SayTime } from './booking-words.js';

/** What agents know of the shop. */
export interface ShopFacts {
  readonly name: string;
  /** As callers are to hear it; null: none is said. */
  readonly address: string | null;
  /** IANA name of the zone in which days and times are meant. */
  readonly timezone: string;
  readonly hours: OpeningHours;
  readonly closures: readonly ClosureHours[];
  /** The opening hours in words, such as `Monday to Friday, eight a.m. to five p.m.` */
  readonly spokenHours: string;
  /** There is a number to which a caller who wants a person is handed. */
  readonly canTransfer: boolean;
  /** In the order of the menu. */
  readonly services: readonly Service[];
  /** Every name that `nameOf` may give. */
  readonly serviceNames: readonly string[];
  /** What is booked, fit to follow "your": `oil change`; `appointment` for a service that the shop never had. */
  readonly nameOf: (serviceType: string) => string;
}

/** What is said of the shop on a call. */
export interface SpokenShop {
  readonly shop: ShopFacts;
  readonly sayTime: SayTime;
}

/** A shop as a call that begins now has it. */
export interface ShopAtCall extends SpokenShop {
  /** Whether it is open; `at` in ISO 8601: when it closes, or opens next; null: not soon. */
  readonly opening: { readonly isOpen: boolean; readonly at: string | null };
}

export function shopFacts(shop: Shop): ShopFacts {
  const { settings, rules, retired } = shop;
  const { timezone, hours, closures, services } = rules;
  const names = [...services.map(({ name }) => name), ...retired.values(), nameOfService(shop, '')];
  return {
    name: settings.name,
    address: settings.address,
    timezone,
    hours,
    closures: closures.map(({ from, to, bay, hours }) => ({ from, to, bay, hours })),
    spokenHours: spokenHours(hours),
    canTransfer: settings.transfer_number !== null,
    services,
    serviceNames: [...new Set(names)],
    nameOf: (type) => nameOfService(shop, type),
  };
}

export function shopAtCall(shop: Shop, now: Date): ShopAtCall {
  const { timezone } = shop.rules;
  const { isOpen, at } = openNow(shop.rules, now);
  const opening = { isOpen, at: at === null ? null : toShopTime(at, timezone) };
  return { shop: shopFacts(shop), sayTime: timesIn(timezone), opening };
}
