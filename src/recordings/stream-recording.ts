import type { StreamAnnotation, StreamEnd, StreamObserver } from '../twilio/stream-observer.js';
import type { Happening, RecordedLines, UntimedHappening } from './recorded-lines.js';

/** Bytes that wait to be written, over all recordings of one recorder. */
export interface WriteBudget {
  readonly limit: number;
  used: number;
}

/** Where the lines of one stream go. It may be written to after it was closed, and is then closed again. */
export interface GrowingFile {
  /** Bytes written so far. */
  readonly bytes: number;
  /** Rejects when it cannot be written, as {@link close} does. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

interface StreamRecordingOptions {
  readonly lines: RecordedLines;
  readonly file: GrowingFile;
  readonly budget: WriteBudget;
  readonly maxFileBytes: number;
  /** There is something to write. */
  readonly onPending: (recording: StreamRecording) => void;
  /** This recording ends here, for the reason given; told once at most. */
  readonly onFault: (what: string, error?: unknown) => void;
}

/** What one happening costs beside its text. */
const OVERHEAD_BYTES = 100;
/** So much is made into lines in one turn of the event loop. */
const SLICE = 100;
const SLICE_BYTES = 64 * 1024;
/** Kept free for the line that says that the rest is missing. */
const LAST_LINE_BYTES = 64;

/**
 * The recording of one stream. As an observer it only keeps references; `writeSome`, called in the background, makes lines of
 * them. `ended`: nothing more comes; `finished`: the file is closed.
 */
export class StreamRecording implements StreamObserver {
  readonly #options: StreamRecordingOptions;
  readonly #openedAt = performance.now();
  readonly #recordedAt = new Date();
  #pending: Happening[] = [];
  #ended = false;
  /** Came before the end of the stream: Twilio may tell of the call's end first. */
  #row: object | null = null;
  /** Given up or closed: not even a row is taken. */
  #stopped = false;
  #finished = false;

  constructor(options: StreamRecordingOptions) {
    this.#options = options;
  }

  get finished(): boolean {
    return this.#finished;
  }

  received(text: string): void {
    this.#push({ what: 'in', text });
  }

  sent(text: string): void {
    this.#push({ what: 'out', text });
  }

  note(note: StreamAnnotation): void {
    if (note.note === 'secret_key') {
      // Noted in the same turn as the key came: no line was made of it yet.
      const key = this.#pending.findLast((happening) => happening.what === 'in');
      if (key?.what === 'in') key.secret = true;
    }
    this.#push({ what: 'note', note });
  }

  end(how: StreamEnd): void {
    this.#push({ what: 'end', how });
    this.#ended = true;
    if (this.#row) this.row(this.#row);
  }

  /** The row of the call, once it is over: the one thing that follows the end of its last stream, however late that comes. Not after `stop`. */
  row(row: object): void {
    this.#row = row;
    if (!this.#ended || this.#stopped) return;
    this.#ended = false;
    this.#finished = false;
    this.#push({ what: 'row', row });
    this.#ended = true;
  }

  /** Nothing more is taken; what waits is still written. */
  stop(): void {
    this.#stopped = true;
    this.#ended = true;
    this.#options.onPending(this);
  }

  /** Writes a slice of what waits; true when there is more to do. Never rejects. */
  async writeSome(): Promise<boolean> {
    if (this.#finished) return false;
    try {
      await this.#append(this.#take());
      if (this.#pending.length > 0) return true;
      if (this.#ended) await this.#finish();
    } catch (error) {
      this.#abandon();
      this.#options.onFault('it could not be written', error);
    }
    return false;
  }

  #push(happening: UntimedHappening): void {
    if (this.#ended) return;
    const { budget, onPending } = this.#options;
    const happened = { ...happening, at: this.#now };
    this.#pending.push(happened);
    budget.used += sizeOf(happened);
    if (budget.used > budget.limit) this.#truncate('too much waits for the disk');
    onPending(this);
  }

  #take(): Happening[] {
    let [count, bytes] = [0, 0];
    for (const happening of this.#pending) {
      if (count === SLICE || bytes >= SLICE_BYTES) break;
      count += 1;
      bytes += sizeOf(happening);
    }
    const slice = this.#pending.splice(0, count);
    this.#release(slice);
    return slice;
  }

  async #append(happenings: readonly Happening[]): Promise<void> {
    const { lines, file, maxFileBytes } = this.#options;
    let text = file.bytes === 0 ? lines.header(this.#recordedAt) : '';
    let room = maxFileBytes - file.bytes - Buffer.byteLength(text) - LAST_LINE_BYTES;
    for (const happening of happenings) {
      const line = lines.line(happening);
      room -= Buffer.byteLength(line);
      if (room < 0 && happening.what !== 'truncated') {
        this.#truncate('the file has reached its largest size');
        break;
      }
      text += line;
    }
    if (text !== '') await file.append(text);
  }

  async #finish(): Promise<void> {
    this.#finished = true;
    await this.#options.file.close();
  }

  #truncate(why: string): void {
    this.#release(this.#pending);
    this.#pending = [{ what: 'truncated', at: this.#now }];
    this.#options.budget.used += OVERHEAD_BYTES;
    this.#stopped = true;
    this.#ended = true;
    this.#options.onFault(why);
  }

  #abandon(): void {
    this.#release(this.#pending);
    this.#pending = [];
    this.#stopped = true;
    this.#ended = true;
    if (!this.#finished) this.#finish().catch(() => {});
    this.#finished = true;
  }

  #release(happenings: readonly Happening[]): void {
    for (const happening of happenings) this.#options.budget.used -= sizeOf(happening);
  }

  get #now(): number {
    return performance.now() - this.#openedAt;
  }
}

function sizeOf(happening: Happening): number {
  return OVERHEAD_BYTES + ('text' in happening ? happening.text.length : 0);
}
