import { DEFAULT_SERVICES, type Service } from './service.js';

/** `agent`: an agent talks with callers; `forward`: every call is put through to the shop; `closed`: the after-hours words, and no agent. */
export const ANSWERING = ['agent', 'forward', 'closed'] as const;
type Answering = (typeof ANSWERING)[number];

/** What a shop can set, by the names that the API and the database have for it. */
export interface ShopSettings {
  readonly name: string;
  /** As it is said to callers; null: none is said. */
  readonly address: string | null;
  /** IANA name: opening hours and every spoken time are in this zone. */
  readonly timezone: string;
  /** As in `SHOP_HOURS`: `Mon-Fri 08:00-17:00`. */
  readonly hours: string;
  /** How many appointments may overlap. */
  readonly bays: number;
  /** E.164: who answers when a caller wants a person; null: nobody. */
  readonly transfer_number: string | null;
  readonly answering: Answering;
  /** How long from now the earliest appointment begins. */
  readonly lead_minutes: number;
  /** `HH:MM` by the clock of the shop: from then on nothing more is booked for the same day; null: the whole day. */
  readonly same_day_until: string | null;
  /** How many days from now the last appointment begins. */
  readonly horizon_days: number;
  /** Appointments begin every so many minutes, counted from opening. */
  readonly slot_minutes: number;
  /** In the order of the touch-tone menu. */
  readonly services: readonly Service[];
}

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
