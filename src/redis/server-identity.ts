import type { Logger } from '../core/logger.js';

/** Knows the server of a connection from the next one by its `run_id`, which is new with each start of the process. */
export class ServerIdentity {
  readonly #logger: Logger;
  #runId: string | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `info` is the text of `INFO server`. One line is logged when it is another server than before. */
  look(info: string): void {
    const runId = /^run_id:(\w+)/m.exec(info)?.[1];
    if (runId === undefined) return;
    const before = this.#runId;
    this.#runId = runId;
    if (before === undefined || before === runId) return;
    this.#logger.warn(
      'Redis is another process than before and may hold old sessions or none: live ones are compared and written again',
    );
  }
}
