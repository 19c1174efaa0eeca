import { z } from 'zod';
import { Count } from './answer-fields.js';
import { operation } from './operation.js';

export const ImportQuery = z.object({
  dry_run: z
    .enum(['0', '1', 'false', 'true'], { error: 'must be 1 or 0' })
    .transform((value) => value === '1' || value === 'true')
    .describe('`1`: says what would be done, and changes nothing')
    .optional(),
});

const ReadColumns = z
  .array(z.object({ header: z.string(), field: z.string().nullable() }))
  .describe('each column of the file, with the field that it was taken for; null: it is ignored');
const Refused = z
  .array(z.object({ line: z.int().positive(), field: z.string(), reason: z.string() }))
  .describe('every wrong field of the rows that were refused, the first 5,000: line of the file, field, why');
const FirstRows = z
  .array(
    z.object({
      line: z.int().positive(),
      phone_number: z.string(),
      first_name: z.string(),
      last_name: z.string(),
      email: z.string().nullable(),
      notes: z.string().nullable(),
      vehicles: z.array(
        z.object({
          make: z.string(),
          model: z.string(),
          year: z.int().nullable(),
          vin: z.string().nullable(),
          plate: z.string().nullable(),
        }),
      ),
    }),
  )
  .describe('the first 20 rows that can be taken, as they were read');
const read = {
  dry_run: z.boolean(),
  rows_read: Count.describe('rows with anything in them, below the header'),
  skipped_blank: Count,
  columns: ReadColumns,
  rows: Refused,
  first_rows: FirstRows,
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
