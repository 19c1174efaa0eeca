/** One server-sent event. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * Cuts a `text/event-stream` into events (html.spec.whatwg.org, server-sent events); text may arrive in any pieces.
 * Comments, `id` and `retry` are passed over; an event without data is none.
 */
export class EventStreamReader {
  #rest = '';
  #type = '';
  #data: string[] = [];

  /** The events that are complete with this piece, in order. */
  read(piece: string): ServerSentEvent[] {
    const text = this.#rest + piece;
    // A carriage return at the end may be the first half of a line break.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  #line(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') this.#data.push(value ?? '');
    if (field === 'event') this.#type = value ?? '';
    return null;
  }

  #dispatch(): ServerSentEvent | null {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#type = '';
    this.#data = [];
    return isEmpty ? null : event;
  }
}
