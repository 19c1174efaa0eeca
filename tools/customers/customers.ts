import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { z } from 'zod';
import { loadEnvFile } from '../../src/core/env-file.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { CUSTOMERS_USAGE, type CustomersCommand, parseCustomersOptions } from './customers-options.js';

const Read = z.object({
  rows_read: z.number(),
  skipped_blank: z.number(),
  columns: z.array(z.object({ header: z.string(), field: z.string().nullable() })),
  rows: z.array(z.object({ line: z.number(), field: z.string(), reason: z.string() })),
});
const Taken = Read.extend({
  customers_created: z.number(),
  customers_joined: z.number(),
  vehicles_added: z.number(),
});
const Refused = Read.partial().extend({ error: z.string() });

/** Wrong rows that are printed; there may be thousands. */
const MOST_ROWS_SHOWN = 200;
/** Longer than a gateway takes for the largest file. */
const PATIENCE_MS = 300_000;

async function main(): Promise<number> {
  const command = parseCustomersOptions(process.argv.slice(2));
  if (!command) {
    process.stdout.write(`${CUSTOMERS_USAGE}\n`);
    return 0;
  }
  for (const warning of loadEnvFile(process.env)) process.stderr.write(`${warning}\n`);
  const file = await readFile(command.file).catch((error: unknown) => {
    throw new GatewayError('BAD_REQUEST', `${command.file} cannot be read: ${summarize(error).message}`);
  });
  const response = await send(command, file, process.env.ADMIN_TOKEN);
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) {
    process.stdout.write(takenText(Taken.parse(answer), command.dryRun));
    return 0;
  }
  process.stderr.write(refusedText(answer, response.status));
  return 1;
}

async function send({ url, dryRun }: CustomersCommand, file: Buffer, token: string | undefined) {
  const authorization: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  try {
    return await fetch(`${url}/api/customers/import${dryRun ? '?dry_run=1' : ''}`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip', ...authorization },
      body: new Uint8Array(await promisify(gzip)(file)),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    const { message, code } = summarize(cause);
    throw new GatewayError('UNAVAILABLE', `No gateway answers at ${url}: ${message || code}`);
  }
}

function takenText(taken: z.infer<typeof Taken>, dryRun: boolean): string {
  const ignored = taken.columns.filter(({ field }) => field === null).map(({ header }) => header);
  const known = taken.columns.flatMap(({ header, field }) =>
    field === null ? [] : [`${header} = ${field}`],
  );
  return [
    `Columns: ${known.join(', ')}${ignored.length > 0 ? `; ignored: ${ignored.join(', ')}` : ''}`,
    `${taken.rows_read} rows${taken.skipped_blank > 0 ? `, ${taken.skipped_blank} blank ones left out` : ''}`,
    `${dryRun ? 'Would be new' : 'New'}: ${taken.customers_created} customers, ${taken.vehicles_added} vehicles`,
    `There already, and joined: ${taken.customers_joined} customers`,
    ...(dryRun ? ['Nothing was changed: this was a dry run.'] : []),
    '',
  ].join('\n');
}

function refusedText(answer: unknown, status: number): string {
  const refused = Refused.safeParse(answer).data ?? { error: `The gateway answered with HTTP ${status}.` };
  const rows = 'rows' in refused ? (refused.rows ?? []) : [];
  const shown = rows.slice(0, MOST_ROWS_SHOWN);
  const lines = shown.map(({ line, field, reason }) => `  line ${line}: ${field} ${reason}`);
  const more = rows.length - shown.length;
  return [refused.error, ...lines, ...(more > 0 ? [`  and ${more} more`] : []), ''].join('\n');
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${summarize(error).message}\n`);
    const isUsage = summarize(error).code === 'BAD_REQUEST';
    if (isUsage) process.stderr.write('See: npm run customers -- --help\n');
    process.exitCode = isUsage ? 2 : 1;
  },
);
