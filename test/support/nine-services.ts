import { DEFAULT_SERVICES, type Service } from '../../src/shop/service.js';

const [OIL_CHANGE] = DEFAULT_SERVICES;

/** Nine services: more than a page of the menu; two with a price, and one that only a person can book. */
export function nineServices(): readonly Service[] {
  const more = [
    of('batteries', 'a battery', 'battery', { minutes: 30, price_cents: 18_950 }),
    of('alignment', 'a wheel alignment', 'wheel alignment', { minutes: 90 }),
    of('transmission', 'a transmission repair', 'transmission repair', { minutes: 240, bookable: false }),
    of('detailing', 'detailing', 'detailing', { minutes: 180, price_cents: 10_000 }),
  ];
  return [...DEFAULT_SERVICES, ...more];
}

function of(type: string, choice: string, name: string, more: Partial<Service>): Service {
  if (!OIL_CHANGE) throw new Error('There are no services to begin with.');
  return { ...OIL_CHANGE, type, choice, name, ...more };
}
