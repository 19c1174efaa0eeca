/** `out`: from the page to the gateway; `in`: from the gateway. */
export type Way = 'in' | 'out';

/** One line of the log: a message, or a run of audio messages. */
export interface WireLine {
  readonly id: number;
  /** Milliseconds since the stream was opened, of the first message. */
  readonly atMs: number;
  readonly way: Way;
  readonly what: string;
  /** How many messages, and bytes of audio in them. */
  readonly messages: number;
  readonly bytes: number;
}

/** Lines that are kept; older ones go. */
const KEPT = 400;

/** What went over the wire, newest last. Frames go both ways at once: a run of them ends at the next message of another kind. */
export class WireLog {
  #lines: WireLine[] = [];
  #next = 0;
  #changedFrom = 0;

  get lines(): readonly WireLine[] {
    return this.#lines;
  }

  audio(atMs: number, way: Way, bytes: number): void {
    const place = this.#lines.findLastIndex((line) => line.way === way || line.bytes === 0);
    const run = this.#lines[place];
    if (!run || run.way !== way || run.bytes === 0)
      return this.#add({ atMs, way, what: 'media', messages: 1, bytes });
    this.#lines[place] = { ...run, messages: run.messages + 1, bytes: run.bytes + bytes };
    this.#changedFrom = Math.min(this.#changedFrom, run.id);
  }

  message(atMs: number, way: Way, what: string): void {
    this.#add({ atMs, way, what, messages: 1, bytes: 0 });
  }

  /** The lines that are new or have changed since this was asked last. */
  takeChanges(): WireLine[] {
    const changed = this.#lines.filter(({ id }) => id >= this.#changedFrom);
    this.#changedFrom = this.#next;
    return changed;
  }

  #add(line: Omit<WireLine, 'id'>): void {
    this.#lines.push({ ...line, id: this.#next });
    this.#next += 1;
    if (this.#lines.length > KEPT) this.#lines = this.#lines.slice(-KEPT);
  }
}

/** Two logs as one: a line that is told again takes the place of what it was. */
export function withChanges(lines: readonly WireLine[], changes: readonly WireLine[]): readonly WireLine[] {
  const [first] = changes;
  if (!first) return lines;
  return [...lines.filter(({ id }) => id < first.id), ...changes].slice(-KEPT);
}
