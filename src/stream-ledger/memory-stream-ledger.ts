import { LEDGER_TTL_MS, type StreamLedger, type StreamOfCall } from './stream-ledger.js';

/** The ledger of a gateway that is alone. Only calls that Twilio signed get here, and each is forgotten after two minutes. */
export class MemoryStreamLedger implements StreamLedger {
  readonly #proposed = new Map<string, { readonly token: string; readonly until: number }>();
  readonly #claimed = new Map<string, { readonly until: number }>();
  readonly #now: () => number;

  /** `now`: milliseconds of a clock that nobody sets. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many streams are remembered. */
  get size(): number {
    return Math.max(this.#proposed.size, this.#claimed.size);
  }

  async propose({ callSid, hop }: StreamOfCall, token: string): Promise<string> {
    const until = this.#begin(this.#proposed);
    const name = `${callSid}:${hop}`;
    const standing = this.#proposed.get(name) ?? { token, until };
    this.#proposed.set(name, standing);
    return standing.token;
  }

  claim({ callSid, hop }: StreamOfCall): boolean {
    const until = this.#begin(this.#claimed);
    const name = `${callSid}:${hop}`;
    if (this.#claimed.has(name)) return false;
    this.#claimed.set(name, { until });
    return true;
  }

  /** Forgets what is too old and returns until when a new note is kept. All are kept equally long: the first to come is the first to go. */
  #begin(notes: Map<string, { readonly until: number }>): number {
    const now = this.#now();
    for (const [name, { until }] of notes) {
      if (until > now) break;
      notes.delete(name);
    }
    return now + LEDGER_TTL_MS;
  }
}
