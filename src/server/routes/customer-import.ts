import { createGunzip } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { Count } from '../../core/fields.js';
import type { CustomerImport, ImportResult, IncomingFile } from '../../customers/import/customer-import.js';
import { ReadRow, RefusedField } from '../../customers/import/import-reader.js';
import { Flag, parse } from './api-input.js';
import { operation } from './operation.js';

const ImportQuery = z.object({
  dry_run: Flag.describe('`1`: says what would be done, and changes nothing').optional(),
});

const ReadColumns = z
  .array(z.object({ header: z.string(), field: z.string().nullable() }))
  .describe('each column of the file, with the field that it was taken for; null: it is ignored');
const read = {
  dry_run: z.boolean(),
  rows_read: Count.describe('rows with anything in them, below the header'),
  skipped_blank: Count,
  columns: ReadColumns,
  rows: z
    .array(RefusedField)
    .describe(
      'every wrong field of the rows that were refused, the first 5,000: line of the file, field, why',
    ),
  first_rows: z.array(ReadRow).describe('the first 20 rows that can be taken, as they were read'),
};

export const ImportAnswer = z.object({
  ...read,
  customers_created: Count,
  customers_joined: Count.describe('customers that were there before, with the same number'),
  vehicles_added: Count,
});
/** Nothing was changed. Without the rest when the file was not read at all. */
export const ImportRefusal = z
  .object({ ...read, rows_refused: Count })
  .partial()
  .extend({
    error: z.string().describe('a sentence that says what is wrong and what to do'),
  });

export const CUSTOMER_FILES = {
  take: operation({
    method: 'post',
    path: '/api/customers/import',
    id: 'importCustomers',
    tag: 'Customers',
    summary: 'Customers and vehicles from a CSV file, all of them or none',
    details:
      'Columns are found by their headers; UTF-8, UTF-16 and Windows-1252 are understood, as are commas, semicolons and tabs. Rows of the same number are one customer. A number that a customer has already is that customer: what is empty is filled, nothing is overwritten. At most 100,000 rows and 32 MB; `Content-Encoding: gzip` is taken.',
    query: ImportQuery,
    bodyType: 'text/csv',
    answer: ImportAnswer,
    errors: {
      400: 'A row is wrong, or the file as a whole: nothing was changed, and each wrong row is named.',
      409: 'Another file is being read.',
    },
    errorAnswer: ImportRefusal,
    example: {
      query: { dry_run: '1' },
      body: 'Name,Phone,Make,Model,Year\nAda King,+1 512 555 0142,Honda,Civic,2019\n',
    },
  }),
};

/** Of the file itself; gzip may make it smaller on its way. */
const MOST_MB = 32;
const READ_ON_MS = 1000;
/** As browsers and spreadsheets call a CSV file. */
const CSV_TYPE =
  /^\s*(text\/(csv|tab-separated-values|plain)|application\/(csv|vnd\.ms-excel|octet-stream))\s*(;|$)/i;

/** Takes files of customers. For in front of what reads JSON bodies. */
export function customerImportRoutes(customers: CustomerImport): Router {
  const router = Router();
  router.post(CUSTOMER_FILES.take.path, async (request, response) => {
    const { dry_run: dryRun = false } = parse(ImportQuery, request.query);
    const refuse = (status: number, error: string) => void response.status(status).json({ error });
    if (!CSV_TYPE.test(request.get('content-type') ?? ''))
      return refuse(415, 'Send the file as it is, with the header Content-Type: text/csv.');
    if (!/^(identity|gzip)$/i.test(request.get('content-encoding') ?? 'identity'))
      return refuse(415, 'Send the file as it is, or with Content-Encoding gzip.');
    const file = customers.begin();
    try {
      if (!(await received(request, file))) return refuseSize(response);
      const result = await file.finish(dryRun);
      const { status, body } = answerOf(result, dryRun);
      return void response.status(status).json(body);
    } finally {
      await file.close();
    }
  });
  return router;
}

/** Whether all of it was received; false: it is too large, and the rest is left unread. Rejects when the sender went away. */
function received(request: Request, file: IncomingFile): Promise<boolean> {
  const isPacked = /^gzip$/i.test(request.get('content-encoding') ?? '');
  if (!isPacked && Number(request.get('content-length') ?? 0) > MOST_MB * 1024 * 1024)
    return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    const body = isPacked ? request.pipe(createGunzip()) : request;
    let size = 0;
    body.on('data', (bytes: Buffer) => {
      size += bytes.length;
      if (size <= MOST_MB * 1024 * 1024) return file.add(bytes);
      request.unpipe();
      return resolve(false);
    });
    body.once('end', () => resolve(true));
    body.once('error', () => reject(new GatewayError('BAD_REQUEST', 'The body is not what gzip makes.')));
    request.once('close', () => {
      if (!request.complete) reject(new GatewayError('BAD_REQUEST', 'The file did not arrive whole.'));
    });
  });
}

/** What is still on its way is thrown away for a moment: a sender that is cut off before it has read the answer would not know why. */
function refuseSize(response: Response): void {
  const error = `The file is larger than ${MOST_MB} MB. Split it: customers of several files are joined by their number.`;
  response.req.resume();
  setTimeout(() => response.req.destroy(), READ_ON_MS).unref();
  response.status(413).set('Connection', 'close').json({ error });
}

function answerOf(result: ImportResult, dry_run: boolean): { status: number; body: object } {
  const { rows: rows_read, blank: skipped_blank, refused, faults, headers, firstRows } = result.report;
  const first_rows = firstRows.map((row) => ({ ...row, vehicles: [...row.vehicles] }));
  const read = { dry_run, rows_read, skipped_blank, columns: [...headers], rows: [...faults], first_rows };
  if (result.status === 'refused') {
    const body: z.input<typeof ImportRefusal> = { error: result.problem, ...read, rows_refused: refused };
    return { status: 400, body };
  }
  const { created, joined, vehicles } = result.counts;
  const counts = { customers_created: created, customers_joined: joined, vehicles_added: vehicles };
  const body: z.input<typeof ImportAnswer> = { ...read, ...counts };
  return { status: 200, body };
}
