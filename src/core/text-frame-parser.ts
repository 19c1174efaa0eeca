import { isUtf8 } from 'node:buffer';

/** Every connection is read into it: what came is dealt with before the next is read. */
export const ARRIVED = Buffer.allocUnsafeSlow(64 * 1024);
/** The same, four bytes at once. */
const WORDS = new Int32Array(ARRIVED.buffer);
const WORD = new Uint8Array(4);
const AS_ONE = new Int32Array(WORD.buffer);
/** A byte that is no ASCII has this bit, in each place of a word. */
const NOT_ASCII = 0x80808080;

/** First byte of a frame (RFC 6455, 5.2): the last of its message, with what it is. */
export const TEXT = 0x81;
const [PING, PONG] = [0x89, 0x8a];
const MASKED = 0x80;
const LONGEST_CONTROL = 125;
/** The length of what is longer stands in two bytes more, or in eight. */
export const TWO_BYTES_MORE = 126;
export const EIGHT_BYTES_MORE = 127;
const MASK_BYTES = 4;
/** What is kept is copied with each piece: `ws` has a limit of its own for a frame in many more. */
const MAX_PIECES = 64;

const UNFINISHED = -1;
const FOREIGN = -2;

interface TextFrameParserOptions {
  /** Frames of a client are masked, those of a server are not (RFC 6455, 5.1). */
  readonly isMasked: boolean;
  /** A text of more bytes, 64 KiB at most, is not read. */
  readonly maxText: number;
  /** A text message. The bytes are the parser's own until this returns, and others' after it. */
  onText(text: Buffer): void;
  /** What the parser does not read: whole pings and pongs, and from some frame on all that comes. The bytes may be kept. */
  onOther(bytes: Buffer): void;
}

/**
 * Takes the frames that a Media Stream, or the events of a model, are made of, unfragmented text, out of what comes on a WebSocket. With the first frame of
 * another kind the parser is over, be it a `close`, in more than 64 pieces or against the protocol: from there on everything is for whoever
 * knows the whole of it.
 */
export class TextFrameParser {
  readonly #options: TextFrameParserOptions;
  readonly #maskBytes: number;
  #unfinished: Buffer | null = null;
  /** In how many pieces what is unfinished has come. */
  #pieces = 0;
  #isOver = false;

  constructor(options: TextFrameParserOptions) {
    this.#options = options;
    this.#maskBytes = options.isMasked ? MASK_BYTES : 0;
  }

  /** The next bytes that came, `length` of them; they are unmasked where they lie, and nothing of them is kept. */
  take(bytes: Buffer, length: number): void {
    const before = this.#unfinished;
    if (!before) {
      this.#pieces = 0;
      return this.#walk(bytes, length);
    }
    this.#unfinished = null;
    const all = Buffer.concat([before, bytes.subarray(0, length)]);
    this.#walk(all, all.length);
  }

  #walk(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length && !this.#isOver) {
      const next = this.#read(bytes, at, length);
      if (next === UNFINISHED) {
        this.#pieces = at === 0 ? this.#pieces + 1 : 1;
        if (this.#pieces < MAX_PIECES) {
          this.#unfinished = Buffer.from(bytes.subarray(at, length));
          return;
        }
      }
      if (next < 0) this.#isOver = true;
      else at = next;
    }
    if (at < length) this.#options.onOther(Buffer.from(bytes.subarray(at, length)));
  }

  /** Where the frame at `at` ends, which was handed over. */
  #read(bytes: Buffer, at: number, length: number): number {
    const kind = bytes[at] ?? 0;
    if (kind !== TEXT && kind !== PING && kind !== PONG) return FOREIGN;
    if (length < at + 2) return UNFINISHED;
    const second = bytes[at + 1] ?? 0;
    const size = second & ~MASKED;
    const { isMasked } = this.#options;
    if (second >= MASKED !== isMasked || size === EIGHT_BYTES_MORE) return FOREIGN;
    if (kind !== TEXT) return size > LONGEST_CONTROL ? FOREIGN : this.#control(bytes, at, size, length);
    if (size < TWO_BYTES_MORE) return this.#text(bytes, at + 2, size, length);
    if (length < at + 4) return UNFINISHED;
    return this.#text(bytes, at + 4, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0), length);
  }

  #control(bytes: Buffer, at: number, size: number, length: number): number {
    const end = at + 2 + this.#maskBytes + size;
    if (end > length) return UNFINISHED;
    this.#options.onOther(Buffer.from(bytes.subarray(at, end)));
    return end;
  }

  #text(bytes: Buffer, maskAt: number, size: number, length: number): number {
    const { isMasked, maxText } = this.#options;
    if (size > maxText) return FOREIGN;
    const from = maskAt + this.#maskBytes;
    const end = from + size;
    if (end > length) return UNFINISHED;
    const isAscii = isMasked && unmask(bytes, maskAt, end);
    const text = bytes.subarray(from, end);
    if (!isAscii && !isUtf8(text)) {
      // As it came again: whoever it is for answers it as the protocol says.
      if (isMasked) unmask(bytes, maskAt, end);
      return FOREIGN;
    }
    this.#options.onText(text);
    return end;
  }
}

/** Applies the mask of four bytes at `maskAt` to what follows it. Returns whether that is ASCII throughout. */
function unmask(bytes: Buffer, maskAt: number, end: number): boolean {
  const from = maskAt + MASK_BYTES;
  if (bytes !== ARRIVED) return unmaskBytes(bytes, maskAt, from, end) < 0x80;
  const first = Math.min((from + 3) >> 2, end >> 2);
  const last = end >> 2;
  let seen = unmaskBytes(bytes, maskAt, from, Math.min(end, first * 4));
  // The mask as it lies over whole words.
  for (let n = 0; n < MASK_BYTES; n++) WORD[n] = bytes[maskAt + ((first * 4 - from + n) & 3)] ?? 0;
  const mask = AS_ONE[0] ?? 0;
  for (let word = first; word < last; word++) {
    const text = (WORDS[word] ?? 0) ^ mask;
    WORDS[word] = text;
    seen |= text;
  }
  seen |= unmaskBytes(bytes, maskAt, Math.max(from, last * 4), end);
  return (seen & NOT_ASCII) === 0;
}

/** Returns all bits that are set in any byte. */
function unmaskBytes(bytes: Buffer, maskAt: number, from: number, to: number): number {
  let seen = 0;
  for (let at = from; at < to; at++) {
    const byte = (bytes[at] ?? 0) ^ (bytes[maskAt + ((at - maskAt) & 3)] ?? 0);
    bytes[at] = byte;
    seen |= byte;
  }
  return seen;
}
