import { CsvError, parse } from 'csv-parse/sync';

/** One record of a file: its cells as they stand there, and the line on which it begins, counted from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** What Windows-1252 has from 0x80 to 0x9f; five places stay as they are. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
/** Excel's own first line, which says what separates the cells: `sep=;`. */
const SEPARATOR_LINE = /^"?sep=([,;\t|])"?(?:\r\n|\n|\r)/i;

/**
 * A file as text: UTF-8 or UTF-16 with a byte order mark, UTF-8 without, and whatever is none of these is read as Windows-1252, in which
 * Excel saves. Never throws.
 */
export function decodeCsv(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Node's own decoder of Windows-1252 gives Latin-1 (nodejs/node#56542): the euro sign would be a control character.
    const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    return latin1.replace(
      /[\x80-\x9f]/g,
      (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character,
    );
  }
}

/**
 * Every record of a text, in order, an empty line as one empty cell. What separates the cells is told from the first line that is not empty.
 * Gives a sentence for the person when the text is no CSV, which is known only at its end; `null` when it is.
 */
export function readRecords(text: string, onRecord: (record: CsvRecord) => void): string | null {
  const [separatorLine = '', told] = SEPARATOR_LINE.exec(text) ?? [];
  const body = text.slice(separatorLine.length);
  let line = separatorLine === '' ? 1 : 2;
  const before = line - 1;
  try {
    parse(body, {
      delimiter: told ?? delimiterOf(body),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      relax_quotes: true,
      on_record: (cells: string[], { lines }) => {
        onRecord({ line, cells });
        line = before + lines + 1;
        return null;
      },
    });
    return null;
  } catch (error) {
    return sentenceOf(error, line);
  }
}

/** Of the usual ones the one that stands most often in the first line with anything in it, quoted cells left out. */
export function delimiterOf(text: string): string {
  const [head = ''] = /[^\r\n]+/.exec(text) ?? [];
  const plain = head.replace(/"(?:[^"]|"")*"/g, '');
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, count: plain.split(delimiter).length }));
  const [best] = counted.sort((a, b) => b.count - a.count);
  return best?.delimiter ?? ',';
}

function sentenceOf(error: unknown, line: number): string {
  if (!(error instanceof CsvError)) throw error;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return `The record that begins on line ${line} has a quotation mark that is never closed. Close it, or remove it.`;
  return `The record that begins on line ${line} is not written as CSV: a quotation mark in a cell must be doubled.`;
}
