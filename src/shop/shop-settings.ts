import type { Unchanged } from '../core/fields.js';
import { DEFAULT_SERVICES } from './service.js';
import type { ShopChange } from './shop-form.js';

/** What a shop can set, by the names that the API and the database have for it. */
export type ShopSettings = Unchanged<Required<ShopChange>>;

/** A shop that has set nothing. */
export const DEFAULT_SETTINGS: ShopSettings = {
  name: 'Bayline Auto Repair',
  address: null,
  timezone: 'America/Chicago',
  hours: 'Mon-Fri 08:00-17:00',
  bays: 2,
  transfer_number: null,
  answering: 'agent',
  lead_minutes: 120,
  same_day_until: null,
  horizon_days: 60,
  slot_minutes: 30,
  services: DEFAULT_SERVICES,
};
