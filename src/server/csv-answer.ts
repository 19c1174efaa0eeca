import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Request, Response, Router } from 'express';
import { type Operation, parsedBy } from './routes/operation.js';

/** What a cell may hold; null is an empty one. */
type CsvValue = string | number | boolean | null;

/** A list as CSV: the names of its columns, and the lines that one entry of it makes. */
export interface CsvList<Entry> {
  /** The file's name, without its ending. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly linesOf: (entry: Entry) => readonly (readonly CsvValue[])[];
  /** Entries after `last`, the first ones without it; an empty page is the end. */
  readonly page: (last: Entry | null) => Promise<readonly Entry[]>;
}

/** Where a spreadsheet would take a text for a formula; what has such a beginning behind apostrophes is guarded too, so that reading it back is exact. */
const FORMULA = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** E.164 stays as it is: a spreadsheet takes it for a number at worst. */
const PHONE_NUMBER = /^\+\d{5,15}$/;

/** Adds the route of an operation's list as CSV, for who asks for that; with the filters of its query, whose pages it reads one after the other. */
export function serveCsv<Path extends string, Query, Body, Answer, Entry>(
  router: Router,
  { path, query }: Operation<Path, Query, Body, Answer>,
  listOf: (query: Query) => CsvList<Entry>,
): void {
  router.get(path, (request, response, next) => {
    if (!wantsCsv(request, response)) return next();
    return sendCsv(response, listOf(parsedBy(query, request.query)));
  });
}

// Says that the answer depends on it.
function wantsCsv(request: Request, response: Response): boolean {
  response.vary('Accept');
  return request.accepts(['json', 'text/csv']) === 'text/csv';
}

/**
 * Answers with the whole list, page by page as fast as it is taken. The first page is asked for before anything is sent: what `page` rejects
 * with then is an answer of its own; later the connection is cut, so that nobody takes a part for the whole.
 */
async function sendCsv<Entry>(response: Response, list: CsvList<Entry>): Promise<void> {
  const first = await list.page(null);
  response.status(200).set({
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${list.name}.csv"`,
  });
  if (response.req.method === 'HEAD') return void response.end();
  await pipeline(csvOf(list, first), response);
}

async function* csvOf<Entry>(list: CsvList<Entry>, first: readonly Entry[]): AsyncGenerator<string> {
  yield csvText([list.columns]);
  let page = first;
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield csvText(page.flatMap(list.linesOf));
    page = await list.page(last);
  }
}

function csvText(lines: readonly (readonly CsvValue[])[]): string {
  return stringify([...lines], {
    record_delimiter: '\r\n',
    cast: { string: harmless, boolean: String, number: String },
  });
}

function harmless(text: string): string {
  return FORMULA.test(text) && !PHONE_NUMBER.test(text) ? `'${text}` : text;
}
