import { onDay } from '../agents/booking-words.js';
import { openNow } from '../appointments/openings.js';
import { toShopTime } from '../database/shop-time.js';
import type { Shop } from '../shop/shop.js';
import { spokenHours } from '../speech/spoken-hours.js';
import { spokenTime } from '../speech/spoken-time.js';

/** What callers hear, in Twilio's own voice, while the shop takes no calls: when it opens next, or when it is open. */
export function afterHoursWords({ settings, rules }: Shop, now: Date): string {
  const { name, timezone } = settings;
  const { isOpen, at } = openNow(rules, now);
  const opens = at === null || isOpen ? null : spokenTime(toShopTime(at, timezone), { zone: timezone, now });
  const [state, when] = opens
    ? ['We are closed right now.', `We open ${onDay(opens)}.`]
    : ['We cannot take your call right now.', `We are open ${spokenHours(rules.hours)}.`];
  return `Thank you for calling ${name}. ${state} ${when.replace(/\.\.$/, '.')} Goodbye.`;
}

/** Whether it is open at an instant. */
export function isOpenIn({ rules }: Shop): (date: Date) => boolean {
  return (date) => openNow(rules, date).isOpen;
}
