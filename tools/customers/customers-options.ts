import { parseArgs } from 'node:util';
import { GatewayError } from '../../src/core/errors.js';

export interface CustomersCommand {
  readonly file: string;
  /** Says what would be done, and changes nothing. */
  readonly dryRun: boolean;
  /** Of the gateway. */
  readonly url: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

export const CUSTOMERS_USAGE = `Brings customers from a CSV file into the shop's records, all of them or none.

Usage: npm run customers -- import FILE.csv [options]

  --dry-run   says what would be done, and changes nothing
  --url URL   the gateway (default ${DEFAULT_URL})
  --help      this text

Environment, .env included: ADMIN_TOKEN, where the gateway has one.
Exit status: 0 if the file was taken, 1 if it was not, 2 for wrong options.`;

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** Parses the command line; `null` asks for the help text. Throws a `BAD_REQUEST` error with a sentence. */
export function parseCustomersOptions(args: readonly string[]): CustomersCommand | null {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [verb, file, ...more] = positionals;
  if (verb !== 'import') return fail('Say what to do: import FILE.csv');
  if (file === undefined || file === '') return fail('Name the file to import');
  if (more.length > 0) return fail('One file at a time');
  return { file, dryRun: values['dry-run'] ?? false, url: readUrl(values.url ?? DEFAULT_URL) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const name = error instanceof Error ? /'(--?[a-z-]+)/.exec(error.message)?.[1] : undefined;
    return fail(`${name ?? 'An option'} is no option of this command, or lacks its value`);
  }
}

function readUrl(value: string): string {
  const isOrigin =
    URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && new URL(value).pathname === '/';
  return isOrigin
    ? new URL(value).origin
    : fail(`--url must be an address such as ${DEFAULT_URL}, without a path`);
}

function fail(message: string): never {
  throw new GatewayError('BAD_REQUEST', message);
}
