import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** What a call has in the book, and what its caller heard of it. */
export interface Told {
  readonly callSid: string;
  readonly rows: number;
  readonly heardBooked: boolean;
  /** The last that was heard. */
  readonly lastWords: string;
  /** The caller heard that the time was taken meanwhile. */
  readonly heardTaken: boolean;
  /** As the call log has it. */
  readonly outcome: string;
}

/** A turn of the call log; `timestamp`: when it began. */
export interface HeardTurn {
  readonly role: string;
  readonly content: string;
  readonly timestamp: string;
}

/** What a gateway could not record before it died another one does within a minute. */
const RECORDED_WITHIN_MS = 75_000;

/** The shop's database as it is, past every gateway. */
export class BookLook {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async of<T>(url: string, look: (book: BookLook) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await look(new BookLook(client));
    } finally {
      await client.end();
    }
  }

  /** Of the calls that are in the log; waits until all are, for a while. */
  async told(callSids: readonly string[]): Promise<Told[]> {
    const deadline = performance.now() + RECORDED_WITHIN_MS;
    for (;;) {
      const calls = await this.#calls(callSids);
      if (calls.length >= callSids.length || performance.now() > deadline) return calls;
      await pause(100);
    }
  }

  /** How many appointments each of these calls has, in the log or not. */
  async booked(callSids: readonly string[]): Promise<number[]> {
    const { rows } = await this.#client.query<{ booked: number }>(
      `select (select count(*)::int from appointments a where a.call_sid = sid and a.status = 'booked') as booked
       from unnest($1::text[]) with ordinality as asked(sid, n) order by n`,
      [callSids],
    );
    return rows.map(({ booked }) => booked);
  }

  /** What each of these callers heard, turn by turn. */
  async turns(callSids: readonly string[]): Promise<readonly (readonly HeardTurn[])[]> {
    const { rows } = await this.#client.query<{ transcript: readonly HeardTurn[] }>(
      'select transcript from calls where call_sid = any($1)',
      [callSids],
    );
    return rows.map(({ transcript }) => transcript);
  }

  async #calls(callSids: readonly string[]): Promise<Told[]> {
    const { rows } = await this.#client.query<{
      call_sid: string;
      outcome: string;
      heard: string;
      rows: number;
    }>(
      `select c.call_sid, c.outcome,
         (select coalesce(string_agg(turn->>'content', ' '), '') from jsonb_array_elements(c.transcript) turn
          where turn->>'role' = 'assistant') as heard,
         (select count(*)::int from appointments a where a.call_sid = c.call_sid and a.status = 'booked') as rows
       from calls c where c.call_sid = any($1)`,
      [callSids],
    );
    return rows.map(({ call_sid, outcome, heard, rows: booked }) => ({
      callSid: call_sid,
      outcome,
      rows: booked,
      heardBooked: / is booked\./.test(heard),
      lastWords: heard.slice(-160),
      heardTaken: /has just been taken/.test(heard),
    }));
  }
}
