import { randomFillSync } from 'node:crypto';

/** First byte of a text frame that is the whole of its message; second one of a masked frame whose length stands in two bytes more (RFC 6455, 5.2). */
const [TEXT, MASKED_TWO_BYTES_MORE] = [0x81, 0x80 | 126];
const MASK_AT = 4;
const TEXT_AT = 8;
const WORD_BYTES = 4;
const SHORTEST = 126;
const LONGEST = 0xffff;

/** Masks of four bytes each, made many at a time. */
const masks = Buffer.alloc(8192);
let used = masks.length;

/**
 * A text message of a client, which is all ASCII, as one frame in one buffer; null for a text so short or so long that its frame has another
 * head. `ws` makes two buffers of it and writes them as a list, which takes twice as long.
 */
export function maskedFrame(text: string): Buffer | null {
  const { length } = text;
  if (length < SHORTEST || length > LONGEST) return null;
  const frame = Buffer.allocUnsafe(TEXT_AT + length);
  frame[0] = TEXT;
  frame[1] = MASKED_TWO_BYTES_MORE;
  frame[2] = length >> 8;
  frame[3] = length & 0xff;
  frame.write(text, TEXT_AT, 'latin1');
  if (used === masks.length) {
    randomFillSync(masks);
    used = 0;
  }
  masks.copy(frame, MASK_AT, used, used + TEXT_AT - MASK_AT);
  used += TEXT_AT - MASK_AT;
  applyMask(frame);
  return frame;
}

function applyMask(frame: Buffer): void {
  let at = TEXT_AT;
  // Node's buffers begin at whole words, which it does not promise.
  if (frame.byteOffset % WORD_BYTES === 0) {
    const words = new Int32Array(frame.buffer, frame.byteOffset, frame.length >> 2);
    const mask = words[MASK_AT / WORD_BYTES] ?? 0;
    for (let n = TEXT_AT / WORD_BYTES; n < words.length; n++) words[n] = (words[n] ?? 0) ^ mask;
    at = words.length * WORD_BYTES;
  }
  for (; at < frame.length; at++) frame[at] = (frame[at] ?? 0) ^ (frame[MASK_AT + (at % WORD_BYTES)] ?? 0);
}
