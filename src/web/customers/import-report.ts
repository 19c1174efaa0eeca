import type { CUSTOMER_FILES } from '../../server/routes/customer-import.js';
import type { AnswerOf } from '../../server/routes/operation.js';

type Taken = AnswerOf<typeof CUSTOMER_FILES.take>;
/** A wrong field of a row. */
type RowFault = Taken['rows'][number];
/** A row as the gateway has read it. */
export type ReadRow = Taken['first_rows'][number];

/** What the gateway says of a file; without the counts when a row was refused, and without the rest when the file could not be read. */
export type ImportAnswer = Partial<Taken> & { readonly error?: string; readonly rows_refused?: number };

/** A row of the file that was refused: its line in the file, what stands there, and what is wrong with it. */
export interface RefusedRow {
  readonly line: number;
  readonly text: string;
  readonly faults: readonly string[];
}

/** The refused rows in the order of the file. `text` is empty where the file has no such line, as in one that was packed. */
export function refusedRows(faults: readonly RowFault[], lines: readonly string[]): RefusedRow[] {
  const rows = new Map<number, string[]>();
  for (const { line, field, reason } of faults)
    rows.set(line, [...(rows.get(line) ?? []), `${field.replaceAll('_', ' ')} ${reason}`]);
  return [...rows]
    .toSorted(([one], [other]) => one - other)
    .map(([line, reasons]) => ({ line, text: lines[line - 1] ?? '', faults: reasons }));
}

/** The lines of a file as it is encoded: UTF-16 by its mark, else UTF-8, else Windows-1252. */
export function linesOf(bytes: Uint8Array): string[] {
  return textOf(bytes).split(/\r\n|\n|\r/);
}

function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** What would be done, or was: `3 new customers, 1 known customer, 2 vehicles`. */
export function importCounts(answer: ImportAnswer): string {
  const { customers_created = 0, customers_joined = 0, vehicles_added = 0 } = answer;
  return [
    counted(customers_created, 'new customer'),
    `${counted(customers_joined, 'customer')} already here`,
    counted(vehicles_added, 'vehicle'),
  ].join(', ');
}

/** `1 row`, `2 rows`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}
