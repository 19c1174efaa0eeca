import { createGunzip } from 'node:zlib';
import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import type { CustomerImport, ImportResult, IncomingFile } from '../../customers/import/customer-import.js';
import { parse } from './api-input.js';
import {
  CUSTOMER_FILES,
  type ImportAnswer,
  ImportQuery,
  type ImportRefusal,
} from './customer-import-operations.js';

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
