import { openNow } from '../../appointments/open-now.js';
import { toShopTime } from '../../database/shop-time.js';
import type { Service } from '../../shop/service.js';
import { nameOfService, type Shop } from '../../shop/shop.js';
import { spokenHours } from '../../speech/spoken-hours.js';
import { timesIn } from '../../speech/spoken-time.js';
import type { BookingWords } from '../booking-words.js';

/** What the touch-tone agent says of the shop. */
export interface KeypadShop extends Pick<BookingWords, 'nameOf'> {
  readonly name: string;
  /** Null: none is said. */
  readonly address: string | null;
  /** The opening hours in words, such as `Monday to Friday, eight a.m. to five p.m.` */
  readonly spokenHours: string;
  /** There is a number to which a caller who wants a person is handed. */
  readonly canTransfer: boolean;
  /** In the order of the menu. */
  readonly services: readonly Service[];
  /** Every name that `nameOf` may give. */
  readonly serviceNames: readonly string[];
}

/** A shop as a call that begins now has it. */
export interface ShopAtCall {
  readonly shop: KeypadShop;
  readonly sayTime: BookingWords['sayTime'];
  /** Whether it is open; `at` in ISO 8601: when it closes, or opens next; null: not soon. */
  readonly opening: { readonly isOpen: boolean; readonly at: string | null };
}

export function keypadShop(shop: Shop): KeypadShop {
  const { settings, rules, retired } = shop;
  const names = [...rules.services.map(({ name }) => name), ...retired.values(), nameOfService(shop, '')];
  return {
    name: settings.name,
    address: settings.address,
    spokenHours: spokenHours(rules.hours),
    canTransfer: settings.transfer_number !== null,
    services: rules.services,
    serviceNames: [...new Set(names)],
    nameOf: (type) => nameOfService(shop, type),
  };
}

export function shopAtCall(shop: Shop, now: Date): ShopAtCall {
  const { timezone } = shop.rules;
  const { isOpen, at } = openNow(shop.rules, now);
  const opening = { isOpen, at: at === null ? null : toShopTime(at, timezone) };
  return { shop: keypadShop(shop), sayTime: timesIn(timezone), opening };
}
