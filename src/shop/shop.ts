import { type OpeningHours, parseOpeningHours } from '../core/opening-hours.js';
import type { Sql } from '../database/sql-pool.js';
import type { Closure } from './closure.js';
import type { Service } from './service.js';
import { DEFAULT_SETTINGS, type ShopSettings } from './shop-settings.js';

/** What decides when an appointment may begin. */
export interface BookingRules {
  readonly timezone: string;
  readonly hours: OpeningHours;
  readonly bays: number;
  readonly leadMinutes: number;
  /** As a minute of the day; null: there is no such limit. */
  readonly sameDayUntil: number | null;
  readonly horizonDays: number;
  readonly slotMinutes: number;
  readonly services: readonly Service[];
  readonly closures: readonly Closure[];
}

/** The shop as it is at one moment; never mutated. A call goes by the one in force when it began. */
export interface Shop {
  /** Of the row in the database: one more with every change; 0 while nothing was set, or the database was not read yet. */
  readonly revision: number;
  readonly settings: ShopSettings;
  /** The settings that the environment gives: they win, and cannot be changed at run time. */
  readonly locked: readonly (keyof ShopSettings)[];
  readonly rules: BookingRules;
  /** Services that the shop does not have any more, type to name: what is booked of them is still read out. */
  readonly retired: ReadonlyMap<string, string>;
}

/** What a shop is made of; what is absent is as in a shop that has set nothing. */
export interface ShopParts {
  readonly revision?: number;
  /** What was set. */
  readonly set?: Partial<ShopSettings>;
  /** What the environment gives. */
  readonly given?: Partial<ShopSettings>;
  readonly closures?: readonly Closure[];
  readonly retired?: Readonly<Record<string, string>>;
}

/** What the environment gives over what was set, over what a shop has that set nothing. Throws `BAD_CONFIG` for hours that cannot be read. */
export function shopOf({ revision = 0, set = {}, given = {}, closures = [], retired = {} }: ShopParts): Shop {
  const settings: ShopSettings = { ...DEFAULT_SETTINGS, ...set, ...given };
  return {
    revision,
    settings,
    locked: (Object.keys(DEFAULT_SETTINGS) as (keyof ShopSettings)[]).filter((name) => name in given),
    rules: {
      timezone: settings.timezone,
      hours: parseOpeningHours(settings.hours),
      bays: settings.bays,
      leadMinutes: settings.lead_minutes,
      sameDayUntil: settings.same_day_until === null ? null : minuteOf(settings.same_day_until),
      horizonDays: settings.horizon_days,
      slotMinutes: settings.slot_minutes,
      services: settings.services,
      closures,
    },
    retired: new Map(Object.entries(retired)),
  };
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The shop as it is now, and word of each change. */
export interface CurrentShop {
  readonly now: Shop;
  /** Calls `listener` after each change; gives what ends that. */
  watch(listener: (shop: Shop) => void): () => void;
}

/** The rules that a booking is checked by. */
export interface RulesSource {
  /** As they were last heard of. */
  readonly now: BookingRules;
  /** As they are inside of this transaction, even when another gateway has changed them a moment ago; rejects as the transaction does. */
  within(sql: Sql): Promise<BookingRules>;
}

/** What is booked, fit to follow "your"; `appointment` for a service that the shop never had. */
export function nameOfService({ rules, retired }: Pick<Shop, 'rules' | 'retired'>, type: string): string {
  return rules.services.find((service) => service.type === type)?.name ?? retired.get(type) ?? 'appointment';
}
