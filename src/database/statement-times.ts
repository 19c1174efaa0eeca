/** Where statements go that took long. */
export interface SlowStatements {
  readonly thresholdMs: number;
  /** `operation`: what kind of statement it was and on which table, `select calls`. */
  took(operation: string, ms: number): void;
}

const FIRST_WORD = /[a-z]+/i;
const TABLE = /\b(?:from|into|update)\s+(?:"?public"?\s*\.\s*)?"?([a-z_]+)/i;
const LOCK = /\bpg_advisory_(?:xact_)?lock\b/i;

/** A statement without its values, as few words as will do: `insert calls`, `lock`, `commit`. */
export function operationOf(text: string): string {
  if (LOCK.test(text)) return 'lock';
  const verb = FIRST_WORD.exec(text)?.[0].toLowerCase() ?? 'statement';
  const table = TABLE.exec(text)?.[1]?.toLowerCase();
  return table === undefined ? verb : `${verb} ${table}`;
}

/**
 * Times the statements that one connection runs, one after the other: each until the next one is sent or {@link end} is called, so that
 * what is done between them is in it. Those that are sent in one go count as one, by the name of the first. It is the query builder's logger.
 */
export class StatementTimes {
  readonly #slow: SlowStatements;
  #text: string | null = null;
  #sentAt = 0;
  #isSending = false;

  constructor(slow: SlowStatements) {
    this.#slow = slow;
  }

  logQuery(text: string): void {
    if (this.#isSending) return;
    this.end();
    this.#isSending = true;
    // No answer comes before.
    setImmediate(() => {
      this.#isSending = false;
    });
    this.#text = text;
    this.#sentAt = performance.now();
  }

  /** The last statement has been answered, or given up. */
  end(): void {
    if (this.#text === null) return;
    const ms = performance.now() - this.#sentAt;
    if (ms > this.#slow.thresholdMs) this.#slow.took(operationOf(this.#text), ms);
    this.#text = null;
  }
}
