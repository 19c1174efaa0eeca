import { signal } from '@preact/signals';
import type { ShopSettings } from './answers.js';
import { ask } from './api.js';

/** The shop's settings as they were asked for last; null until the first answer. */
export const shop = signal<ShopSettings | null>(null);

/** Asks for the settings. Throws the gateway's refusal. */
export async function loadShop(): Promise<void> {
  shop.value = await ask<ShopSettings>('/api/shop');
}

/** Changes some settings; throws the gateway's refusal, and then nothing has changed. */
export async function changeShop(change: Partial<ShopSettings>): Promise<void> {
  shop.value = await ask<ShopSettings>('/api/shop', { method: 'PATCH', body: change });
}

/** The name of a service; its type, as words, when the shop has it no longer. */
export function serviceName(type: string): string {
  const known = shop.value?.services.find((service) => service.type === type);
  return known?.name ?? type.replaceAll('_', ' ');
}
