import { and, eq, inArray, lt, or, type SQL, sql as statement } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { folded } from '../database/folded-text.js';
import { customers, vehicles } from '../database/schema.js';
import { partsOfNumber } from './phone-number.js';

export interface CustomerQuery {
  readonly limit: number;
  /** Only customers with a smaller id. */
  readonly before?: number | undefined;
  /** Only the customer with this number, in E.164. */
  readonly phone?: string | undefined;
  /** Only customers who match it by name, number, VIN or plate; blank: all. */
  readonly q?: string | undefined;
}

/** Each word is looked for by itself; further ones narrow a search no more. */
const MOST_WORDS = 6;

/** Which customers a query means, its limit aside. */
export function meantBy({ before, phone, q = '' }: CustomerQuery): SQL | undefined {
  return and(
    before === undefined ? undefined : lt(customers.id, before),
    phone === undefined ? undefined : eq(customers.phoneNumber, phone),
    q.trim() === '' ? undefined : matchesSearch(q),
  );
}

/**
 * Which customers a search means: every word of it is a part of the name, the number, a VIN or a plate, in any order, in small or capital
 * letters, with accents or without; or all of it is a part of the number or of a plate, as such are written. Apostrophes and hyphens alone match nobody.
 */
function matchesSearch(q: string): SQL {
  const words = folded(q).split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  const asOne = words.length > 1 ? [...hasNumber(q), hasMark(words.join(''))] : [];
  return or(and(...words.map(matchesWord)), ...asOne) ?? statement`false`;
}

function matchesWord(word: string): SQL | undefined {
  return or(contains(customers.foldedName, word), ...hasNumber(word), hasMark(word));
}

function hasNumber(text: string): SQL[] {
  return partsOfNumber(text).map((part) => contains(customers.phoneNumber, part));
}

// Asked once for the whole search and not for each customer.
function hasMark(mark: string): SQL | undefined {
  if (mark === '') return undefined;
  const owners = statement`(select ${vehicles.customerId} from ${vehicles} where ${contains(vehicles.foldedMarks, mark)})`;
  return inArray(customers.id, owners);
}

// Not LIKE: % and _ are characters like all others.
function contains(column: PgColumn, part: string): SQL {
  return statement`strpos(${column}, ${part}) > 0`;
}
