import { z } from 'zod';
import type { StoredImportCustomer, StoredImportVehicle } from '../../database/import-schema.js';
import { normalizePhone } from '../phone-number.js';
import type { CsvColumns, ImportField } from './csv-columns.js';

/** Why a row is not taken: which field, and what is wrong with it, fit to follow the field's name. */
export interface RowFault {
  readonly field: string;
  readonly reason: string;
}

type ImportedRow =
  | { readonly status: 'blank' }
  | { readonly status: 'refused'; readonly faults: readonly RowFault[] }
  | { readonly status: 'read'; readonly customer: StoredImportCustomer };

/** Characters at most, as in the API. */
const LIMITS = { name: 60, vehicle: 40, plate: 20, email: 254, notes: 2000 };
const FIRST_YEAR = 1900;
/** What people write into a cell that they would rather leave empty. */
const NOTHING = /^(n\/?a|none|null|nil|unknown|unbekannt|-+|\?+|\.+)$/i;
/** What our own export puts before a cell that a spreadsheet would take for a formula. */
const GUARDED = /^'(?='*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/;
const SHORTENED = /^\d(?:[.,]\d+)?E\+?\d+$/i;
const SUFFIX = /^(jr|sr|i{2,3}|iv|inc|llc|ltd|co|corp|gmbh|ag)\.?$/i;
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/;
const Email = z.email();

type Refuse = (field: string, reason: string) => void;
type Cell = (field: ImportField) => string;

/** Reads a row of a file. A wrong field never hides another: all of a row are named. */
export function readRow(cells: readonly string[], columns: CsvColumns, now: Date): ImportedRow {
  if (cells.every((cell) => cell.trim() === '')) return { status: 'blank' };
  const faults: RowFault[] = [];
  const refuse: Refuse = (field, reason) => void faults.push({ field, reason });
  const cell: Cell = (field) => textOf(cells[columns.cells.get(field) ?? -1]);
  const phone_number = phoneIn(
    columns.phones.map((at) => textOf(cells[at])),
    refuse,
  );
  const { first_name, last_name } = namesOf(cell, refuse);
  const email = filled(cell('email'));
  if (email !== null && (email.length > LIMITS.email || !Email.safeParse(email).success))
    refuse('email', 'is no e-mail address');
  const notes = cell('notes') || null;
  tooLong('notes', notes, LIMITS.notes, refuse);
  const vehicle = vehicleOf(cell, now.getUTCFullYear() + 1, refuse);
  if (faults.length > 0 || phone_number === null) return { status: 'refused', faults };
  const vehicles = vehicle === null ? [] : [vehicle];
  return { status: 'read', customer: { phone_number, first_name, last_name, email, notes, vehicles } };
}

/** The first of these that is a number; with none the row cannot be joined with anybody. */
function phoneIn(cells: readonly string[], refuse: Refuse): string | null {
  const texts = cells.map(filled).filter((text) => text !== null);
  for (const text of texts) {
    const number = normalizePhone(text.replace(/^(\+?\d{7,15})[.,]0+$/, '$1'));
    if (number !== null) return number;
  }
  const [text] = texts;
  if (text === undefined) refuse('phone_number', 'is missing');
  else if (SHORTENED.test(text))
    refuse('phone_number', 'was shortened by a spreadsheet: format its column as text and save again');
  else refuse('phone_number', 'is no phone number; outside of the USA it needs + and the country code');
  return null;
}

function vehicleOf(cell: Cell, lastYear: number, refuse: Refuse): StoredImportVehicle | null {
  const whole = wholeVehicle(filled(cell('vehicle')) ?? '');
  const make = filled(cell('make')) ?? whole.make;
  const model = filled(cell('model')) ?? whole.model;
  const year = yearOf(filled(cell('year')) ?? whole.year, lastYear, refuse);
  const vin = (filled(cell('vin')) ?? '').replace(/[\s-]/g, '').toUpperCase() || null;
  const plate = filled(cell('plate'))?.toUpperCase().replace(/\s+/g, ' ') ?? null;
  if ([make, model, year, vin, plate].every((value) => value === null)) return null;
  if (make === null) refuse('make', 'is missing: a vehicle needs make and model');
  if (model === null) refuse('model', 'is missing: a vehicle needs make and model');
  tooLong('make', make, LIMITS.vehicle, refuse);
  tooLong('model', model, LIMITS.vehicle, refuse);
  tooLong('plate', plate, LIMITS.plate, refuse);
  if (vin !== null && !VIN.test(vin)) refuse('vin', 'must be 17 letters and digits, without I, O and Q');
  return { make: make ?? '', model: model ?? '', year, vin, plate };
}

/** Two digits are a year of this century as long as it has come; a spreadsheet may write `2019.0`. */
function yearOf(text: string | null, lastYear: number, refuse: Refuse): number | null {
  if (text === null) return null;
  const [, digits] = /^['’]?(\d{2}|\d{4})(?:[.,]0+)?$/.exec(text) ?? [];
  const short = digits?.length === 2 ? Number(digits) + 2000 : Number(digits);
  const year = short > lastYear && digits?.length === 2 ? short - 100 : short;
  if (year >= FIRST_YEAR && year <= lastYear) return year;
  refuse('year', `must be a year from ${FIRST_YEAR} to ${lastYear}`);
  return null;
}

/** A cell as it is kept: no characters that PostgreSQL cannot store, no spaces around. */
function textOf(cell: string | undefined): string {
  return (cell ?? '')
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '�')
    .replace(GUARDED, '')
    .trim();
}

function filled(text: string): string | null {
  return text === '' || NOTHING.test(text) ? null : text;
}

function tooLong(field: string, text: string | null, most: number, refuse: Refuse): void {
  if (text !== null && text.length > most) refuse(field, `must have at most ${most} characters`);
}

/** A customer always has a first name, which may be a company's; who has only one name has no last one. */
function namesOf(cell: Cell, refuse: Refuse): { first_name: string; last_name: string } {
  const [first, last] = [cell('first_name'), cell('last_name')];
  const [whole, rest] = first || last ? [first, last] : splitName(cell('name'));
  const [first_name, last_name] = whole === '' ? [rest, ''] : [whole, rest];
  if (first_name === '') refuse('first_name', 'is missing: a customer needs a name');
  tooLong('first_name', first_name, LIMITS.name, refuse);
  tooLong('last_name', last_name, LIMITS.name, refuse);
  return { first_name, last_name };
}

/** `Maria de Alvarez`, `Alvarez, Maria`; what is no part of a name (`Jr.`, `Inc.`) stays with the word before it. */
function splitName(name: string): [first: string, last: string] {
  const text = name.replace(/\s+/g, ' ');
  const [, before, after] = /^([^,]+), ?([^,]+)$/.exec(text) ?? [];
  if (before !== undefined && after !== undefined && !SUFFIX.test(after)) return [after, before.trimEnd()];
  const words = text.split(' ');
  const tail = words.length > 2 && SUFFIX.test(words.at(-1) ?? '') ? 2 : 1;
  if (words.length <= tail) return [text, ''];
  return [words.slice(0, -tail).join(' '), words.slice(-tail).join(' ')];
}

/** `2019 Honda Civic`, `Honda Civic 2019`. */
function wholeVehicle(text: string): { make: string | null; model: string | null; year: string | null } {
  const words = text.split(/\s+/).filter(Boolean);
  const at = words.findIndex((word) => /^(19|20)\d\d$/.test(word));
  const year = at === 0 || at === words.length - 1 ? (words[at] ?? null) : null;
  const [make, ...model] = year === null ? words : words.filter((_, place) => place !== at);
  return { make: make ?? null, model: model.join(' ') || null, year };
}
