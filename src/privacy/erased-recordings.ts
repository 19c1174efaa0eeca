import { gte } from 'drizzle-orm';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { erasures } from '../database/call-schema.js';
import type { Database } from '../database/database.js';

interface ErasedRecordingsOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Deletes this gateway's recordings of these calls, in files and in memory, and returns how many. */
  readonly drop: (callSids: readonly string[]) => Promise<number>;
  /** Forgets every name that this gateway has said to callers: whose they are is not known by then. */
  readonly forgetNames: () => void;
  readonly clock?: () => Date;
}

const EVERY_MS = 60_000;
/** Clocks of gateways differ, and a recorder may write the last line of a file that was just deleted. */
const OVERLAP_MS = 600_000;

/**
 * Deletes the recordings of calls that were erased at whichever gateway, and the names in what was said: each gateway has its own, and looks
 * every minute. The first time after a start it looks at all that is known.
 */
export class ErasedRecordings {
  readonly #options: ErasedRecordingsOptions;
  readonly #clock: () => Date;
  #from = new Date(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ErasedRecordingsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => new Date());
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  /** Deletes what is to go by now; whether it could. Never rejects: what fails is tried again. */
  async look(): Promise<boolean> {
    const { database, drop, forgetNames, logger } = this.#options;
    const now = this.#clock();
    try {
      const rows = await database.run((sql) =>
        sql.select({ callSids: erasures.callSids }).from(erasures).where(gte(erasures.erasedAt, this.#from)),
      );
      if (rows.length > 0) forgetNames();
      const recordings = await drop(rows.flatMap(({ callSids }) => callSids));
      this.#from = new Date(now.getTime() - OVERLAP_MS);
      if (recordings > 0) logger.info({ recordings }, 'Recordings of erased calls were deleted');
      return true;
    } catch (error) {
      logger.warn(
        { err: summarize(error) },
        'Recordings of erased calls could not be looked for, or deleted: tried again in a minute',
      );
      return false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
