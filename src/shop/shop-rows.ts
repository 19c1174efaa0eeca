import { and, desc, eq, gte, lt, lte, type SQL, sql as statement } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import { closures, shopSettings } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { Closure, NewClosure } from './closure.js';
import { type ReadShop, readStoredShop, type StoredShop } from './stored-shop.js';

/** Where gateways tell each other, through PostgreSQL, that the shop has changed. */
export const SHOP_CHANNEL = 'bayline_shop';

/** 0 while nothing was ever set. */
export async function revisionOf(sql: Sql): Promise<number> {
  const [row] = await sql.select({ revision: shopSettings.revision }).from(shopSettings);
  return row?.revision ?? 0;
}

/**
 * The shop with the closures whose last day is `since` (`YYYY-MM-DD`) or later. In one statement: settings and closures are of one moment.
 */
export async function shopIn(sql: Sql, since: string): Promise<ReadShop> {
  const { rows } = await sql.execute(statement`
    select coalesce(${shopSettings.revision}, 0) as revision, coalesce(${shopSettings.settings}, '{}') as settings,
      coalesce(${shopSettings.retired}, '{}') as retired, (
        select coalesce(json_agg(json_build_object('id', ${closures.id}, 'from', ${closures.from}, 'to', ${closures.to},
          'bay', ${closures.bay}, 'hours', ${closures.hours}, 'reason', ${closures.reason})
          order by ${closures.from}, ${closures.id}), '[]')
        from ${closures} where ${closures.to} >= ${since}) as closures
    from (select 1) one left join ${shopSettings} on true`);
  const read = readStoredShop(rows[0]);
  if (read) return read;
  throw new GatewayError(
    'UNAVAILABLE',
    'The row of shop_settings in the database is damaged: its settings and retired must be JSON objects.',
  );
}

/** Stores what was set beside what is stored, and tells the other gateways when the transaction commits. */
export async function saveShop(sql: Sql, { settings, retired }: Partial<StoredShop>): Promise<void> {
  const [row] = await sql
    .insert(shopSettings)
    .values({ revision: 1, settings: { ...settings }, retired: retired ?? {} })
    .onConflictDoUpdate({
      target: shopSettings.id,
      set: {
        revision: statement`${shopSettings.revision} + 1`,
        settings: statement`${shopSettings.settings} || excluded.settings`,
        ...(retired === undefined ? {} : { retired }),
      },
    })
    .returning({ revision: shopSettings.revision });
  await sql.execute(statement`select pg_notify(${SHOP_CHANNEL}, ${String(row?.revision)})`);
}

export async function insertClosure(sql: Sql, closure: NewClosure): Promise<Closure> {
  const [row] = await sql.insert(closures).values(closure).returning();
  if (row) return row;
  throw new GatewayError('UNAVAILABLE', 'The database stored no closure. Try again.');
}

/** False: there is none with this id. */
export async function deleteClosure(sql: Sql, id: number): Promise<boolean> {
  const gone = await sql.delete(closures).where(eq(closures.id, id)).returning({ id: closures.id });
  return gone.length > 0;
}

export interface ClosureQuery {
  /** Days: only those that last until `from` or longer, and have begun by `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  /** Only those with a smaller id. */
  readonly before?: number | undefined;
}

/** Newest first. */
export async function closuresIn(
  sql: Sql,
  { from, to, limit, before }: ClosureQuery,
): Promise<readonly Closure[]> {
  const filters: SQL[] = [];
  if (from !== undefined) filters.push(gte(closures.to, from));
  if (to !== undefined) filters.push(lte(closures.from, to));
  if (before !== undefined) filters.push(lt(closures.id, before));
  const query = sql.select().from(closures);
  return query
    .where(and(...filters))
    .orderBy(desc(closures.id))
    .limit(limit);
}
