import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { GatewayError, summarize } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { maySucceedLater } from '../../database/sql-error.js';
import { type FileReport, ImportReader } from './import-reader.js';
import type { ImportStore } from './import-store.js';

/** What became of the customers of a file, or would, if it were no dry run. */
interface ImportCounts {
  readonly created: number;
  readonly joined: number;
  readonly vehicles: number;
}

export type ImportResult =
  | { readonly status: 'refused'; readonly problem: string; readonly report: FileReport }
  | { readonly status: 'done'; readonly report: FileReport; readonly counts: ImportCounts };

interface CustomerImportOptions {
  readonly store: ImportStore;
  readonly lookup: { forget(phone: string): Promise<void> };
  readonly logger: Logger;
}

/** A file that is being sent. */
export interface IncomingFile {
  add(bytes: Uint8Array): void;
  /** That was all of it. Rejects with `UNAVAILABLE` when the database does not answer: a file that was accepted before is finished all the same. */
  finish(dryRun: boolean): Promise<ImportResult>;
  /** Must be called at last, whatever has come of it; a no-op the second time. */
  close(): Promise<void>;
}

const RESUME_EVERY_MS = 60_000;
/** Cached profiles that are made out of date at a time: more at once would keep frames waiting. */
const FORGET_AT_ONCE = 25;
/** A database that is late once is no reason to give a file up. */
const ATTEMPTS = 5;
const RETRY_MS = 500;

/** Customers of a CSV file into the database, all or none of them, beside live calls. One file at a time. */
export class CustomerImport {
  readonly #options: CustomerImportOptions;
  readonly #resuming: NodeJS.Timeout;
  #reader: ImportReader | null = null;
  #closed = false;

  constructor(options: CustomerImportOptions) {
    this.#options = options;
    this.#resuming = setInterval(() => void this.resume(), RESUME_EVERY_MS).unref();
  }

  /** Rejects with `CONFLICT` while another file is under way. */
  begin(): IncomingFile {
    if (this.#reader) {
      throw new GatewayError(
        'CONFLICT',
        'Another file of customers is being read. Try again when that is done.',
      );
    }
    const reader = new ImportReader();
    this.#reader = reader;
    return {
      add: (bytes) => reader.add(bytes),
      finish: (dryRun) => this.#take(reader, dryRun),
      close: async () => {
        if (this.#reader === reader) this.#reader = null;
        await reader.close();
      },
    };
  }

  /** Finishes the accepted files of gateways that have ended; done every minute. Never rejects. */
  async resume(): Promise<void> {
    try {
      for (const id of await this.#options.store.orphans()) {
        const counts = await this.#write(id);
        this.#options.logger.info(counts, 'A file of customers was finished that another gateway had begun');
      }
    } catch (error) {
      if (!this.#closed)
        this.#options.logger.warn(
          summarize(error),
          'Accepted customers could not be looked for, or written: tried again in a minute',
        );
    }
  }

  /** Reads no further; what was accepted is finished after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#resuming);
    await this.#reader?.close();
  }

  async #take(reader: ImportReader, dryRun: boolean): Promise<ImportResult> {
    const report = await reader.read();
    if (report.problem !== null) return { status: 'refused', problem: report.problem, report };
    const counts = dryRun ? await this.#preview(reader) : await this.#write(await this.#accept(reader));
    const { rows } = report;
    this.#options.logger.info({ dry_run: dryRun, rows, ...counts }, 'A file of customers was read');
    return { status: 'done', report, counts };
  }

  async #preview(reader: ImportReader): Promise<ImportCounts> {
    let [customers, joined, vehicles] = [0, 0, 0];
    for (let slice = await reader.next(); slice !== null; slice = await reader.next()) {
      const { customers: listed } = slice;
      const would = await this.#surely(() => this.#options.store.preview(listed));
      customers += slice.count;
      joined += would.joined;
      vehicles += would.vehicles;
    }
    return { created: customers - joined, joined, vehicles };
  }

  async #accept(reader: ImportReader): Promise<number> {
    const { store } = this.#options;
    const id = await store.begin();
    try {
      let from = 0;
      for (let slice = await reader.next(); slice !== null; slice = await reader.next()) {
        const { count, customers } = slice;
        const place = from;
        await this.#surely(() => store.put(id, place, customers));
        from += count;
      }
      await this.#surely(() => store.accept(id));
      return id;
    } catch (error) {
      await store.drop(id).catch(() => undefined);
      throw error;
    }
  }

  async #write(id: number): Promise<ImportCounts> {
    const { store } = this.#options;
    const counts = { created: 0, joined: 0, vehicles: 0 };
    const next = () => this.#surely(() => store.write(id));
    for (let slice = await next(); slice !== null; slice = await next()) {
      counts.created += slice.created;
      counts.joined += slice.joined;
      counts.vehicles += slice.vehicles;
      await this.#forget(slice.phones);
    }
    return counts;
  }

  // Each step may be done twice; what is written by one whose answer was lost is not counted.
  async #surely<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!maySucceedLater(error) || attempt === ATTEMPTS || this.#closed) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  async #forget(phones: readonly string[]): Promise<void> {
    for (let from = 0; from < phones.length; from += FORGET_AT_ONCE) {
      const some = phones.slice(from, from + FORGET_AT_ONCE);
      await Promise.all(some.map((phone) => this.#options.lookup.forget(phone)));
      await turn();
    }
  }
}
