import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { KEEPS_BAY } from '../../src/database/appointment-status.js';
import type { Closure } from '../../src/shop/closure.js';
import { type BookingRules, shopOf } from '../../src/shop/shop.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { PlainShop } from '../../test/support/plain-rules.js';

/** Callers hold a place for two minutes, and a booking waits for two seconds at most. */
const HELD_MS = 122_000;
const LATE_MS = 2000;
const DAYS_AHEAD = 75;
/** What staff may go over. */
const OVERRIDDEN = ['too soon', 'too far', 'too late for today'];
/** Noted on what staff book so. */
export const OVERRIDE_NOTE = 'override';

/**
 * What the database itself notes, in the transaction that writes: each revision of the shop's settings, and each place that was taken in the book with the
 * revision that was in force then.
 */
const TRIGGERS = `
  create table drill_shop (revision integer primary key, settings jsonb not null, closures jsonb not null);
  create table drill_book (at timestamptz not null, revision integer not null, was text, place jsonb not null);
  create function drill_shop() returns trigger language plpgsql as $$ begin
    insert into drill_shop select s.revision, s.settings, coalesce((select jsonb_agg(jsonb_build_object(
      'id', id, 'from', from_day::text, 'to', to_day::text, 'bay', bay, 'hours', hours, 'reason', reason)) from closures), '[]')
      from shop_settings s on conflict do nothing;
    return null; end $$;
  create constraint trigger drill_shop after insert or update on shop_settings deferrable initially deferred
    for each row execute function drill_shop();
  create function drill_book() returns trigger language plpgsql as $$ begin
    insert into drill_book select clock_timestamp(), coalesce((select revision from shop_settings), 0),
      case when tg_op = 'UPDATE' then old.service_type end,
      jsonb_build_object('service', new.service_type, 'bay', new.bay, 'call', new.call_sid, 'notes', new.notes, 'status', new.status,
        'starts', extract(epoch from new.starts_at) * 1000, 'ends', extract(epoch from new.ends_at) * 1000);
    return null; end $$;
  create trigger drill_booked after insert on appointments for each row when (new.status = 'booked') execute function drill_book();
  create trigger drill_moved after update on appointments for each row
    when (new.status = 'booked' and (old.starts_at, old.bay, old.service_type) is distinct from (new.starts_at, new.bay, new.service_type))
    execute function drill_book();`;

const TWICE = `select count(*)::int as twice from appointments a join appointments b on a.id < b.id and a.bay = b.bay
  and a.starts_at < coalesce(b.free_at, b.ends_at) and b.starts_at < coalesce(a.free_at, a.ends_at)
  where a.status = any($1) and b.status = any($1)`;

/** Of these calls: how many are recorded, have an appointment, stand on the list of call-backs, or neither. */
const FATES = `select count(calls.id)::int as recorded, count(a.id)::int as booked, count(b.id)::int as listed,
  count(*) filter (where a.id is null and b.id is null)::int as forgotten
  from unnest($1::text[]) asked left join calls on calls.call_sid = asked
  left join lateral (select id from appointments where call_sid = asked and status <> 'held' limit 1) a on true
  left join callbacks b on b.call_sid = asked`;
const RECORDED_WITHIN_MS = 90_000;
const LOOK_MS = 500;

/** What became of calls. */
export interface Fates {
  readonly recorded: number;
  readonly booked: number;
  readonly listed: number;
  /** Neither is booked nor listed. */
  readonly forgotten: number;
}

interface Revision {
  readonly revision: number;
  readonly settings: Partial<ShopSettings>;
  readonly closures: readonly Closure[];
}

interface Booked {
  readonly at: Date;
  readonly revision: number;
  readonly was: string | null;
  readonly place: {
    readonly service: string;
    readonly bay: number;
    readonly call: string | null;
    readonly notes: string | null;
    readonly starts: number;
    readonly ends: number;
  };
}

/** The history of a book that several gateways write. */
export class BookHistory {
  readonly #client: pg.Client;
  readonly #startedAt = new Date();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** In a database that the gateways have made; from now on everything is noted. */
  static async open(url: string): Promise<BookHistory> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(TRIGGERS);
    return new BookHistory(client);
  }

  /** How many pairs of appointments have a bay at the same time. */
  async twice(): Promise<number> {
    const { rows } = await this.#client.query<{ twice: number }>(TWICE, [['held', ...KEEPS_BAY]]);
    return rows[0]?.twice ?? -1;
  }

  /** What was booked or moved, and each rule that was broken then. */
  async broken(): Promise<{ checked: number; revisions: number; faults: string[] }> {
    const { rows: revisions } = await this.#client.query<Revision>(
      'select * from drill_shop order by revision',
    );
    const { rows: booked } = await this.#client.query<Booked>('select * from drill_book order by at');
    const shops = new Map(revisions.map((each) => [each.revision, this.#shopOf(each)]));
    const faults = booked.flatMap((each) => {
      const shop = shops.get(each.revision);
      const fault = shop ? faultOf(shop, each) : 'of an unknown revision';
      return fault === null ? [] : [`${JSON.stringify(each)}: ${fault}`];
    });
    return { checked: booked.length, revisions: revisions.length, faults };
  }

  /** What became of these calls, when all of them are recorded, or 90 s later. */
  async fates(callSids: readonly string[]): Promise<Fates> {
    const deadline = performance.now() + RECORDED_WITHIN_MS;
    for (;;) {
      const { rows } = await this.#client.query<Fates>(FATES, [callSids]);
      const [fates] = rows;
      if (!fates) throw new Error('The database told nothing of the calls.');
      if (fates.recorded >= callSids.length || performance.now() > deadline) return fates;
      await pause(LOOK_MS);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  #shopOf({ settings, closures }: Revision): ShopThen {
    const { rules } = shopOf({ set: settings, closures });
    return { rules, plain: new PlainShop(rules, this.#startedAt.toISOString(), DAYS_AHEAD) };
  }
}

/** The shop of one revision. */
interface ShopThen {
  readonly rules: BookingRules;
  readonly plain: PlainShop;
}

function faultOf({ rules, plain }: ShopThen, { at, was, place }: Booked): string | null {
  const service = rules.services.find(({ type }) => type === place.service);
  // What the shop does not do any more is moved all the same, and for as long as it was booked.
  if (!service) return was === place.service ? null : 'no such service';
  const { bay, starts, ends } = place;
  const asked = { startsAt: new Date(starts), endsAt: new Date(ends), bay };
  const waited = place.call === null ? [0, LATE_MS] : [0, LATE_MS, HELD_MS];
  const faults = waited.map((ms) => plain.fault(service, asked, new Date(at.getTime() - ms)));
  const isFine = faults.some(
    (fault) => fault === null || (place.notes === OVERRIDE_NOTE && OVERRIDDEN.includes(fault)),
  );
  return isFine ? null : faults.join(' or ');
}
