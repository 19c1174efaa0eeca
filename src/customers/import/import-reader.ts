import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Unchanged } from '../../core/fields.js';
import { startWorker } from '../../core/worker-thread.js';
import { ImportCustomer } from '../../database/import-schema.js';
import { IMPORT_FIELDS } from './csv-columns.js';

/** A row as it was read, so that people see whether the columns were understood; `line`: where it begins in the file, counted from 1. */
export const ReadRow = z.object({ line: z.int().positive(), ...ImportCustomer.shape });

/** A wrong field of a row. */
export const RefusedField = z.object({ line: z.int().positive(), field: z.string(), reason: z.string() });

const Report = z.object({
  /** Why the file as a whole cannot be taken; null: it can, and so can all of its rows. */
  problem: z.string().nullable(),
  /** Rows with anything in them, below the header. */
  rows: z.number(),
  blank: z.number(),
  refused: z.number(),
  /** Of the refused rows, at most 5,000. */
  faults: z.array(RefusedField),
  headers: z.array(z.object({ header: z.string(), field: z.enum(IMPORT_FIELDS).nullable() })),
  /** The first 20 rows that can be taken. */
  firstRows: z.array(ReadRow),
});
/** What was found in a file. */
export type FileReport = Unchanged<z.infer<typeof Report>>;

const Answer = z.object({ report: Report });
const Slice = z.object({ slice: z.object({ count: z.number(), customers: z.string() }).nullable() });

/** Reads a file of customers in a thread of its own: parsing 50,000 rows takes seconds, and calls have 20 ms. Rejects when the thread fails. */
export class ImportReader {
  readonly #worker: Worker = startWorker('./import-worker', import.meta.url);
  readonly #failed: Promise<never>;

  constructor() {
    this.#failed = new Promise((_, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) =>
        reject(new Error(`The thread that reads the file ended (exit code ${code})`)),
      );
    });
    this.#failed.catch(() => undefined);
  }

  /** Some more of the file. */
  add(bytes: Uint8Array): void {
    this.#worker.postMessage({ type: 'bytes', bytes });
  }

  /** That was all of it: what is in it. */
  async read(): Promise<FileReport> {
    return Answer.parse(await this.#ask('end')).report;
  }

  /** After {@link read}: the next customers, as a JSON array, and how many they are; `null` when there are no more. */
  async next(): Promise<{ readonly count: number; readonly customers: string } | null> {
    return Slice.parse(await this.#ask('next')).slice;
  }

  /** Ends the thread, whatever it is doing. Never rejects. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(type: 'end' | 'next'): Promise<unknown> {
    const answered = once(this.#worker, 'message');
    answered.catch(() => undefined);
    this.#worker.postMessage({ type });
    const [answer] = await Promise.race([answered, this.#failed]);
    return answer;
  }
}
