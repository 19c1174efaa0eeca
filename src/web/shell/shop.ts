import { signal } from '@preact/signals';
import type { ShopSettings } from './answers.js';
import { ask } from './api.js';

/** The shop's settings as they were asked for last; null until the first answer. */
export const shop = signal<ShopSettings | null>(null);
let tries = 0;

/** Asks for the settings. Throws the gateway's refusal. What was asked for before a later try, or a change, does not count. */
export async function loadShop(): Promise<void> {
  tries += 1;
  const own = tries;
  const settings = await ask<ShopSettings>('/api/shop');
  if (own === tries) shop.value = settings;
}

/** Changes some settings; throws the gateway's refusal, and then nothing has changed. */
export async function changeShop(change: Partial<ShopSettings>): Promise<void> {
  const changed = await ask<ShopSettings>('/api/shop', { method: 'PATCH', body: change });
  tries += 1;
  shop.value = changed;
}

/** The name of a service; its type, as words, when the shop has it no longer. */
export function serviceName(type: string): string {
  const known = shop.value?.services.find((service) => service.type === type);
  return known?.name ?? type.replaceAll('_', ' ');
}
