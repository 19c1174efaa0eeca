import { type Descriptor, openDescriptor } from './log-descriptor.js';

/** Why lines were dropped: no space left, nobody reads any more, the device failed, the reader is too slow. */
type DropReason = 'no_space' | 'closed' | 'failed' | 'slow';

interface LogOutputOptions {
  /** How a line looks at its destination; absent: as it is. */
  readonly format?: (line: string) => string;
  /** How many characters wait for a slow reader at most. */
  readonly limit?: number;
}

const LIMIT = 1 << 20;
// So many bytes (PIPE_BUF) go into a pipe together or not at all: lines of several processes do not mix.
const PIPE_CHUNK = 4096;
const FILE_CHUNK = 65_536;
const RETRY_AFTER_ERROR_MS = 250;
const LONGEST_RETRY_MS = 64;
const LAST_LINES_MS = 500;
const NAP_MS = 5;

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const CLOSED = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN', 'EBADF', 'ENXIO', 'EDESTADDRREQ']);
const FULL = new Set(['EAGAIN', 'EWOULDBLOCK', 'EBUSY']);

interface Line {
  readonly text: string;
  /** How many dropped lines this one tells of. */
  readonly tells: number;
}

interface Piece {
  readonly lines: readonly Line[];
  readonly bytes: Buffer;
  sent: number;
}

/**
 * Lines to standard output or standard error, which may be full, closed or not read. No call throws or waits. Lines for a slow reader are
 * kept, so many, and written when it reads; on an error they are dropped, and the next try is 250 ms later. What was dropped
 * is counted, and told by a line of its own once lines flow again. At the exit of the process the last lines have half a second.
 */
export class LogOutput {
  /** Lines dropped so far. */
  readonly dropped: Record<DropReason, number> = { no_space: 0, closed: 0, failed: 0, slow: 0 };
  readonly #descriptor: Descriptor;
  readonly #limit: number;
  readonly #format: (line: string) => string;
  #queue: Line[] = [];
  /** Characters in the queue and in the piece. */
  #waiting = 0;
  #piece: Piece | null = null;
  #isWriting = false;
  #isPumping = false;
  #isOverflowing = false;
  #failure: DropReason | null = null;
  /** Of a line that was dropped a part is written. */
  #isTorn = false;
  #untold = 0;
  #isRetrying = false;
  #retryMs = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(descriptor: number, { format = (line) => line, limit = LIMIT }: LogOutputOptions = {}) {
    this.#descriptor = openDescriptor(descriptor);
    this.#limit = limit;
    this.#format = format;
    process.once('exit', () => this.#writeLastLines());
  }

  write(line: string): void {
    if (this.#failure !== null) return this.#drop(1, this.#failure);
    const room = this.#isOverflowing ? this.#limit / 2 : this.#limit;
    // Once full it is filled again only when half of it is gone: else every other line would tell of drops.
    this.#isOverflowing = this.#waiting > 0 && this.#waiting + line.length > room;
    if (this.#isOverflowing) return this.#drop(1, 'slow');
    if (this.#untold > 0) this.#tellDropped();
    this.#push(this.#format(line), 0);
    this.#pump();
  }

  /** Settles when nothing waits any more, after `ms` at the latest; false when a write has not come back: the process cannot exit. */
  async flush(ms: number): Promise<boolean> {
    if (this.#waiting > 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([late, new Promise<void>((resolve) => this.#whenIdle.push(resolve))]);
      clearTimeout(timer);
    }
    return !this.#isWriting;
  }

  #drop(lines: number, reason: DropReason): void {
    this.dropped[reason] += lines;
    this.#untold += lines;
  }

  #tellDropped(): void {
    const dropped = this.#untold;
    this.#untold = 0;
    const msg = 'Log lines were dropped: their destination did not take them';
    const told = { level: 'warn', time: new Date().toISOString(), dropped, msg };
    this.#push(this.#format(`${JSON.stringify(told)}\n`), dropped);
  }

  #push(text: string, tells: number): void {
    this.#queue.push({ text, tells });
    this.#waiting += text.length;
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isWriting && !this.#isRetrying) {
      const piece = this.#nextPiece();
      if (piece === null) break;
      this.#isWriting = true;
      const bytes = piece.sent === 0 ? piece.bytes : piece.bytes.subarray(piece.sent);
      this.#descriptor.write(bytes, (error, written) => this.#written(piece, error, written));
    }
    this.#isPumping = false;
    if (this.#waiting === 0) for (const tell of this.#whenIdle.splice(0)) tell();
  }

  #nextPiece(): Piece | null {
    if (this.#piece) return this.#piece;
    if (this.#queue.length === 0 && this.#untold > 0) this.#tellDropped();
    if (this.#queue.length === 0) return null;
    const most = this.#descriptor.isBackground ? FILE_CHUNK : PIPE_CHUNK;
    let count = 0;
    // Three bytes at most for a character (a unit of UTF-16).
    for (let bytes = 1; count < this.#queue.length; count += 1) {
      const { text } = this.#queue[count] ?? { text: '' };
      bytes += text.length * 3 > most - bytes ? Buffer.byteLength(text) : text.length * 3;
      if (bytes > most && count > 0) break;
    }
    const lines = this.#queue.splice(0, count);
    const text = lines.map((line) => line.text).join('');
    this.#piece = { lines, bytes: Buffer.from(this.#isTorn ? `\n${text}` : text), sent: 0 };
    return this.#piece;
  }

  #written(piece: Piece, error: NodeJS.ErrnoException | null, written: number): void {
    this.#isWriting = false;
    if (error && !FULL.has(error.code ?? '')) this.#fail(piece, reasonOf(error.code ?? ''));
    else if (error || written === 0) this.#retrySoon();
    else {
      this.#retryMs = 0;
      piece.sent += written;
      if (piece.sent === piece.bytes.length) this.#wrote(piece);
    }
    this.#pump();
  }

  #wrote(piece: Piece): void {
    this.#piece = null;
    this.#failure = null;
    this.#isTorn = false;
    for (const { text } of piece.lines) this.#waiting -= text.length;
  }

  #fail(piece: Piece, reason: DropReason): void {
    const lost = [...unsent(piece, this.#isTorn), ...this.#queue];
    // What tells of drops is no line that is missed, but what it tells is still to be told.
    for (const { tells } of lost) this.#untold += tells;
    this.#drop(lost.filter(({ tells }) => tells === 0).length, reason);
    if (piece.sent > 0) this.#isTorn = true;
    this.#failure = reason;
    this.#piece = null;
    this.#queue = [];
    this.#waiting = 0;
    this.#retryAfter(RETRY_AFTER_ERROR_MS);
  }

  #retrySoon(): void {
    const ms = this.#retryMs;
    this.#retryMs = Math.min(LONGEST_RETRY_MS, ms === 0 ? 1 : 2 * ms);
    if (ms > 0) return this.#retryAfter(ms);
    this.#isRetrying = true;
    // Not `unref`: it would wait for the next event.
    setImmediate(() => this.#retry());
  }

  #retryAfter(ms: number): void {
    this.#isRetrying = true;
    setTimeout(() => this.#retry(), ms).unref();
  }

  #retry(): void {
    this.#isRetrying = false;
    this.#pump();
  }

  /** Nothing else runs any more, so that this may wait. A write in the background ends before the process does. */
  #writeLastLines(): void {
    const deadline = performance.now() + LAST_LINES_MS;
    for (let piece = this.#isWriting ? null : this.#nextPiece(); piece; piece = this.#nextPiece()) {
      try {
        piece.sent += this.#descriptor.writeNow(piece.bytes.subarray(piece.sent));
        if (piece.sent === piece.bytes.length) this.#wrote(piece);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!FULL.has(code) || performance.now() > deadline) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
      }
    }
  }
}

/** Of the lines of a piece those that were not written to their end. */
function unsent({ lines, sent }: Piece, isTorn: boolean): readonly Line[] {
  let end = isTorn ? 1 : 0;
  return lines.filter(({ text }) => {
    end += Buffer.byteLength(text);
    return end > sent;
  });
}

function reasonOf(code: string): DropReason {
  if (NO_SPACE.has(code)) return 'no_space';
  return CLOSED.has(code) ? 'closed' : 'failed';
}
