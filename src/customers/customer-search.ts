import { and, inArray, or, type SQL, sql as statement } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { folded } from '../database/folded-text.js';
import { customers, vehicles } from '../database/schema.js';
import { partsOfNumber } from './phone-number.js';

/** Each word is looked for by itself; further ones narrow a search no more. */
const MOST_WORDS = 6;

/**
 * Which customers a search means: every word of it is a part of the name, the number, a VIN or a plate, in any order, in small or capital
 * letters, with accents or without; or all of it is a part of the number or of a plate, as such are written. Apostrophes and hyphens alone match nobody.
 */
export function matchesSearch(q: string): SQL {
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
