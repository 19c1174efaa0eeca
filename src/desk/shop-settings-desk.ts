import { conflictsWith, conflictsWithRules } from '../appointments/conflicts.js';
import { GatewayError } from '../core/errors.js';
import type { Closure, NewClosure } from '../shop/closure.js';
import type { CurrentShop, Shop } from '../shop/shop.js';
import type { ShopChange } from '../shop/shop-form.js';
import type { ClosureQuery } from '../shop/shop-rows.js';
import type { ShopSettings } from '../shop/shop-settings.js';
import type { ShopWrite, ShopWriter } from '../shop/shop-writer.js';
import { unspokenName } from '../speech/speakable.js';
import type { DeskExecutor } from './desk-executor.js';

/** The settings that decide which bay is open when, and for what. */
const DECIDING: readonly (keyof ShopSettings)[] = ['hours', 'bays', 'services', 'timezone'];

interface ShopSettingsDeskOptions {
  readonly current: CurrentShop;
  readonly writer: ShopWriter;
  readonly executor: DeskExecutor;
  readonly clock?: () => Date;
}

/**
 * The shop's own rules as the counter sets them. Rejects within 2 s with `BAD_REQUEST` (naming each wrong field), `CONFLICT` (the environment gives
 * it), `NOT_FOUND` or `UNAVAILABLE`.
 */
export class ShopSettingsDesk {
  readonly #options: ShopSettingsDeskOptions;

  constructor(options: ShopSettingsDeskOptions) {
    this.#options = options;
  }

  get() {
    return viewOf(this.#options.current.now);
  }

  /** `conflicts`: what is booked and has no place any more, and stays booked; empty unless the change is about what decides over that. */
  async change(change: ShopChange) {
    const unspoken = unspokenIn(change);
    if (unspoken.length > 0) throw new GatewayError('BAD_REQUEST', unspoken.join(' '));
    const { executor, writer, clock = () => new Date() } = this.#options;
    const isDeciding = DECIDING.some((name) => name in change);
    return executor.bounded(async () => {
      const written = await writer.change(change, async (sql, _before, { rules }) =>
        isDeciding ? conflictsWithRules(sql, rules, clock()) : [],
      );
      const { shop, value: conflicts } = done(written);
      return { ...viewOf(shop), conflicts };
    });
  }

  /** Newest first. */
  async closures(query: ClosureQuery): Promise<readonly Closure[]> {
    return this.#options.executor.bounded(() => this.#options.writer.closures(query));
  }

  /** Nothing is offered or booked in it from now on. `conflicts`: what is booked in it, and stays booked: staff ring these customers. */
  async addClosure(closure: NewClosure) {
    const { executor, writer, clock = () => new Date() } = this.#options;
    return executor.bounded(async () => {
      const written = await writer.addClosure(closure, async (sql, { settings }, added) => {
        const query = { timezone: settings.timezone, now: clock() };
        return { ...added, conflicts: await conflictsWith(sql, added, query) };
      });
      return done(written).value;
    });
  }

  async removeClosure(id: number): Promise<void> {
    const wasThere = await this.#options.executor.bounded(() => this.#options.writer.removeClosure(id));
    if (!wasThere) throw new GatewayError('NOT_FOUND', 'There is no closure with this id.');
  }
}

/** `locked`: the environment gives these, and they cannot be changed here. */
function viewOf({ settings, locked, revision }: Shop) {
  return { ...settings, locked, revision };
}

/** What callers would not hear as it is written. */
function unspokenIn({ name, address, services = [] }: ShopChange): string[] {
  const said = [
    ['name', name],
    ['address', address],
    ...services.flatMap((service, n) => [
      [`services.${n}.name`, service.name] as const,
      [`services.${n}.choice`, service.choice] as const,
    ]),
  ] as const;
  return said.flatMap(([field, text]) => (text ? (unspokenName(text, field) ?? []) : []));
}

function done<T>(written: ShopWrite<T>): Extract<ShopWrite<T>, { status: 'done' }> {
  if (written.status === 'done') return written;
  if (written.status === 'refused') throw new GatewayError('BAD_REQUEST', `${written.faults.join('; ')}.`);
  const names = written.names.join(', ');
  throw new GatewayError(
    'CONFLICT',
    `${names} cannot be changed here: the environment of the gateway gives ${written.names.length > 1 ? 'them' : 'it'}.`,
  );
}
