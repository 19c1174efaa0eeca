import { z } from 'zod';
import { type Closure, StoredClosure } from './closure.js';
import { readSettings } from './shop-form.js';
import type { ShopSettings } from './shop-settings.js';

/** The shop as it is stored: what was set, without what the environment gives. */
export interface StoredShop {
  /** One more with every change; 0: nothing was ever set. */
  readonly revision: number;
  readonly settings: Partial<ShopSettings>;
  /** Services that the shop does not have any more: type to name. */
  readonly retired: Readonly<Record<string, string>>;
  /** Those that are not long over, by their first day. */
  readonly closures: readonly Closure[];
}

/** A shop that has set nothing. */
export const NOTHING_STORED: StoredShop = { revision: 0, settings: {}, retired: {}, closures: [] };

const Stored = z.object({
  revision: z.int().nonnegative(),
  settings: z.record(z.string(), z.unknown()),
  retired: z.record(z.string(), z.string()),
  closures: z.array(StoredClosure),
});

/** What was read, and the names of settings that were left out because nothing can be made of them. */
export interface ReadShop {
  readonly stored: StoredShop;
  readonly faults: readonly string[];
}

/** A stored shop from its JSON; null when it is none. Settings that cannot be used are left out: the others still count. */
export function readStoredShop(json: unknown): ReadShop | null {
  const parsed = Stored.safeParse(json);
  if (!parsed.success) return null;
  const { set, faults } = readSettings(parsed.data.settings);
  return { stored: { ...parsed.data, settings: set }, faults };
}
