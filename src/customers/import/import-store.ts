import { type SQL, sql as statement } from 'drizzle-orm';
import type { Database } from '../../database/database.js';
import { holdUpErasures } from '../../database/erasures.js';
import type { Sql } from '../../database/sql-pool.js';

/** What became of some customers of a file. */
interface WrittenSlice {
  readonly created: number;
  /** Customers that were there before. */
  readonly joined: number;
  readonly vehicles: number;
  /** Of all of them, in E.164: what is cached of these is out of date now. */
  readonly phones: readonly string[];
}

/** How many customers one transaction writes: PGlite has one session, and a booking waits for no longer than that. */
const SLICE = 100;
const VEHICLE = statement.raw('(make text, model text, year smallint, vin text, plate text)');
/** As `isSameVehicle` in customer-file.ts: `o` is in the database, `v` in the file. */
const SAME = statement.raw(`case
  when o.vin is not null and v.vin is not null then upper(o.vin) = v.vin
  when o.plate is not null and v.plate is not null
    then translate(upper(o.plate), ' -.·', '') = translate(v.plate, ' -.·', '')
  else lower(o.make) = lower(v.make) and lower(o.model) = lower(v.model)
    and (o.year is null or v.year is null or o.year = v.year) end`);
/** Of two that are {@link SAME}: how sure that is. */
const SURENESS = statement.raw(`case when o.vin is not null and v.vin is not null then 2
  when o.plate is not null and v.plate is not null then 1 else 0 end`);

/**
 * Files of customers in the database. A file is put down in small transactions first, where nobody sees it; {@link accept} is the moment from
 * which on all of it counts, and then it is written slice by slice, by another gateway if this one ends. Rejects as {@link Database} does.
 */
export class ImportStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The id of a new file. */
  async begin(): Promise<number> {
    const { rows } = await this.#database.run((sql) =>
      sql.execute<{ id: number }>(
        statement`insert into public.customer_imports (status) values ('read') returning id`,
      ),
    );
    const [row] = rows;
    if (!row) throw new Error('The database gave no id for a file of customers.');
    return row.id;
  }

  /** Puts down customers, a JSON array; the first of them is number `from` of the file. */
  async put(id: number, from: number, customers: string): Promise<void> {
    await this.#database.transaction(async (sql) => {
      await holdUpErasures(sql);
      await sql.execute(statement`insert into public.customer_import_rows (import_id, place, customer)
        select ${id}, ${from} + place - 1, customer
        from jsonb_array_elements(${customers}::jsonb) with ordinality as listed (customer, place)
        on conflict do nothing`);
    });
  }

  /** From now on it is written to its end, whatever happens. */
  async accept(id: number): Promise<void> {
    await this.#database.run((sql) =>
      sql.execute(
        statement`update public.customer_imports set status = 'accepted', changed_at = now() where id = ${id}`,
      ),
    );
  }

  async drop(id: number): Promise<void> {
    await this.#database.run((sql) =>
      sql.execute(statement`delete from public.customer_imports where id = ${id} and status = 'read'`),
    );
  }

  /** Accepted files at which nobody has worked for two minutes: their gateway has ended. Files that were never accepted go after ten. */
  async orphans(): Promise<readonly number[]> {
    return this.#database.run(async (sql) => {
      await sql.execute(
        statement`delete from public.customer_imports where status = 'read' and changed_at < now() - interval '10 minutes'`,
      );
      const { rows } = await sql.execute<{ id: number }>(
        statement`select id from public.customer_imports where status = 'accepted' and changed_at < now() - interval '2 minutes' order by id`,
      );
      return rows.map(({ id }) => id);
    });
  }

  /** Writes the next customers of an accepted file; `null` when all are written. */
  async write(id: number): Promise<WrittenSlice | null> {
    return this.#database.transaction(async (sql) => {
      await holdUpErasures(sql);
      // The lock makes two gateways take turns, should both come to it.
      const { rowCount } = await sql.execute(
        statement`update public.customer_imports set changed_at = now() where id = ${id} and status = 'accepted'`,
      );
      if (rowCount === 0) return null;
      const { rows } = await sql.execute<{ first: number | null; last: number | null }>(
        statement`select min(place) as first, max(place) as last from (select place from public.customer_import_rows
          where import_id = ${id} order by place limit ${SLICE}) as next`,
      );
      const { first = null, last = null } = rows[0] ?? {};
      if (first === null || last === null) {
        await sql.execute(statement`delete from public.customer_imports where id = ${id}`);
        return null;
      }
      // From the first one on: before it an index has all those that were written already.
      const slice = statement`r.import_id = ${id} and r.place between ${first} and ${last}`;
      const written = await writeSlice(sql, slice);
      await sql.execute(statement`delete from public.customer_import_rows r where ${slice}`);
      return written;
    });
  }

  /** What {@link write} would do with these customers, a JSON array; changes nothing. */
  async preview(customers: string): Promise<Pick<WrittenSlice, 'joined' | 'vehicles'>> {
    const { rows } = await this.#database.run((sql) =>
      sql.execute<{ joined: number; vehicles: number }>(statement`
        select count(c.id)::int as joined, coalesce(sum(added.vehicles), 0)::int as vehicles
        from jsonb_to_recordset(${customers}::jsonb) as r (phone_number text, vehicles jsonb)
        left join public.customers c on c.phone_number = r.phone_number
        cross join lateral (
          select count(*) as vehicles from jsonb_to_recordset(r.vehicles) as v ${VEHICLE}
          where c.id is null or not exists (select from public.vehicles o where o.customer_id = c.id and ${SAME})
        ) as added`),
    );
    return rows[0] ?? { joined: 0, vehicles: 0 };
  }
}

/** `slice`: which of the `customer_import_rows r` are written. */
async function writeSlice(sql: Sql, slice: SQL): Promise<WrittenSlice> {
  const { rows } = await sql.execute<{ id: number; phone: string; created: boolean }>(statement`
    insert into public.customers as c (phone_number, first_name, last_name, email, notes)
    select r.customer ->> 'phone_number', r.customer ->> 'first_name', r.customer ->> 'last_name',
      r.customer ->> 'email', r.customer ->> 'notes'
    from public.customer_import_rows r where ${slice} order by 1
    on conflict (phone_number) do update set
      last_name = case when c.last_name = '' then excluded.last_name else c.last_name end,
      email = coalesce(c.email, excluded.email), notes = coalesce(c.notes, excluded.notes)
    returning c.id, c.phone_number as phone, (c.xmax = 0) as created`);
  const joined = rows.flatMap((row) => (row.created ? [] : [row.id]));
  // A new statement, so that it sees what others have written while this one waited for the customers' rows.
  const file = statement`public.customer_import_rows r
    join public.customers c on c.phone_number = r.customer ->> 'phone_number'
    cross join lateral rows from (jsonb_to_recordset(r.customer -> 'vehicles') as ${VEHICLE})
      with ordinality as v (make, model, year, vin, plate, at)`;
  const isJoined = statement`c.id = any (${JSON.stringify(joined).replace('[', '{').replace(']', '}')}::integer[])`;
  const fill = statement`
    update public.vehicles o set year = coalesce(o.year, v.year), vin = coalesce(o.vin, v.vin),
      plate = coalesce(o.plate, v.plate)
    from (
      select distinct on (best.id) best.* from (
        select distinct on (r.place, v.at) o.id, ${SURENESS} as sureness, r.place, v.*
        from ${file} join public.vehicles o on o.customer_id = c.id and ${SAME}
        where ${slice} and ${isJoined} order by r.place, v.at, sureness desc, o.id
      ) as best order by best.id, best.sureness desc, best.place, best.at
    ) as v
    where o.id = v.id and ${SAME} and ((o.year is null and v.year is not null)
      or (o.vin is null and v.vin is not null) or (o.plate is null and v.plate is not null))`;
  // One of the file fills one that is there: the one it is surest of. Done again, because what was filled is no longer taken for another one.
  let filled: number | null = joined.length;
  while (filled) filled = (await sql.execute(fill)).rowCount;
  const { rowCount } = await sql.execute(statement`
    insert into public.vehicles (customer_id, make, model, year, vin, plate)
    select c.id, v.make, v.model, v.year, v.vin, v.plate from ${file}
    where ${slice} and not (${isJoined} and exists (select from public.vehicles o where o.customer_id = c.id and ${SAME}))
    order by r.place, v.at`);
  const phones = rows.map(({ phone }) => phone);
  return { created: rows.length - joined.length, joined: joined.length, vehicles: rowCount ?? 0, phones };
}
