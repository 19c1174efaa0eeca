import type { ProxiedConnection, TcpProxy } from '../../test/support/tcp-proxy.js';

/** Where a booking is on its way through the database, told just before the bytes that make the step are passed on. */
export type Moment = 'begin' | 'insert' | 'commit' | 'answer';

/** Follows the bookings that pass a proxy in front of PostgreSQL, each by its connection. */
export class BookingWatch {
  readonly #onMoment: (moment: Moment, connection: ProxiedConnection) => void;
  readonly #written = new WeakSet<ProxiedConnection>();
  readonly #committing = new WeakSet<ProxiedConnection>();

  constructor(proxy: TcpProxy, onMoment: (moment: Moment, connection: ProxiedConnection) => void) {
    this.#onMoment = onMoment;
    proxy.onChunk = (direction, chunk, connection) => {
      const text = chunk.toString('latin1');
      if (direction === 'toServer') this.#sent(text, connection);
      else this.#answered(text, connection);
    };
  }

  #sent(text: string, connection: ProxiedConnection): void {
    if (/\bbegin\b/.test(text)) this.#onMoment('begin', connection);
    if (/insert into "public"\."appointments"/.test(text) && text.includes('booked')) {
      this.#written.add(connection);
      this.#onMoment('insert', connection);
    }
    if (!/\bcommit\b/.test(text) || !this.#written.delete(connection)) return;
    this.#committing.add(connection);
    this.#onMoment('commit', connection);
  }

  #answered(text: string, connection: ProxiedConnection): void {
    if (text.includes('COMMIT') && this.#committing.delete(connection)) this.#onMoment('answer', connection);
  }
}
