import type { Closure } from '../../src/shop/closure.js';
import type { Service } from '../../src/shop/service.js';
import { type BookingRules, type RulesSource, shopOf } from '../../src/shop/shop.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';

/** The rules of a shop that has set this and nothing else. */
export function rulesOf(
  set: Partial<ShopSettings> = {},
  closures: readonly Omit<Closure, 'id' | 'reason'>[] = [],
): BookingRules {
  const all = closures.map((closure, index) => ({ ...closure, id: index + 1, reason: null }));
  return shopOf({ set, closures: all }).rules;
}

/** Rules as a book is given them; nobody changes these. */
export function fixedRules(rules: BookingRules): RulesSource {
  return { now: rules, within: async () => rules };
}

/** The same of {@link rulesOf}. */
export function fixedRulesOf(...shop: Parameters<typeof rulesOf>): RulesSource {
  return fixedRules(rulesOf(...shop));
}

/** A service that takes so many minutes, in any bay. */
export function serviceOf(minutes: number, more: Partial<Service> = {}): Service {
  const type = more.type ?? `work_of_${minutes}`;
  const plain = { price_cents: null, bays: null, bookable: true, after_minutes: 0, carries_over: false };
  return { type, name: 'work', choice: 'some work', minutes, ...plain, ...more };
}

/** The id of what was booked; throws with the reason when it was not. */
export function idOf(booked: { readonly id: number } | string): number {
  if (typeof booked === 'string') throw new Error(`It was not booked: ${booked}.`);
  return booked.id;
}
