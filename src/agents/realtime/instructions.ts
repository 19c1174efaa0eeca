import { SERVICES } from '../../appointments/services.js';
import type { ShopFacts } from './shop-facts.js';

/** What callers may hear of the shop. */
export function aboutTheShop({ name, spokenHours, address }: ShopFacts): string {
  const services = SERVICES.map(({ noun, type }) => `${noun} (${type})`).join(', ');
  return [
    `Name: ${name}.`,
    `Open: ${spokenHours}.`,
    `Address: ${address ?? 'not given here; offer leave_message if the caller needs it'}.`,
    `Services: ${services}.`,
    'Prices: not given by phone.',
  ].join('\n');
}
