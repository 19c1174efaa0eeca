import { decodeAudio, type MediaMessage } from './messages.js';

const HEAD = Buffer.from('{"event":"media","sequenceNumber":"');
const CHUNK = Buffer.from('","media":{"track":"inbound","chunk":"');
const TIMESTAMP = Buffer.from('","timestamp":"');
const PAYLOAD = Buffer.from('","payload":"');
const MAX_DIGITS = 15;
const [ZERO, NINE] = [0x30, 0x39];

/**
 * Reads one stream's media messages in the very bytes that Twilio writes, fifty a second of each call: a text of each,
 * taken apart by `JSON.parse`, takes three times as long.
 */
export class MediaFastPath {
  readonly #streamSid: string;
  readonly #tail: Buffer;

  constructor(streamSid: string) {
    this.#streamSid = streamSid;
    this.#tail = Buffer.from(`"},"streamSid":"${streamSid}"}`);
  }

  /** The same as `parseMessage` gives for it; null for every other message and for one that is written otherwise. */
  read(data: Buffer): MediaMessage | null {
    const chunkAt = behind(data, HEAD, 0);
    const timestampAt = behind(data, CHUNK, behindDigits(data, chunkAt));
    const timeAt = behind(data, TIMESTAMP, behindDigits(data, timestampAt));
    const timeEnd = behindDigits(data, timeAt);
    const payloadAt = behind(data, PAYLOAD, timeEnd);
    const payloadEnd = data.length - this.#tail.length;
    if (payloadAt < 0 || behind(data, this.#tail, payloadEnd) < 0) return null;
    // Whatever else may stand in between is no base64, and is found out by that.
    const audio = decodeAudio(data.toString('latin1', payloadAt, payloadEnd));
    if (!audio) return null;
    return {
      event: 'media',
      streamSid: this.#streamSid,
      timestampMs: numberIn(data, timeAt, timeEnd),
      audio,
    };
  }
}

/** Where `expected` ends that stands at `at`; -1 when something else stands there, or `at` is -1. */
function behind(data: Buffer, expected: Buffer, at: number): number {
  if (at < 0 || at + expected.length > data.length) return -1;
  for (let n = 0; n < expected.length; n++) if (data[at + n] !== expected[n]) return -1;
  return at + expected.length;
}

/** Where the 1 to 15 digits end that stand at `at`; -1 when none do, or `at` is -1. */
function behindDigits(data: Buffer, at: number): number {
  if (at < 0) return -1;
  let end = at;
  while (end - at < MAX_DIGITS && isDigit(data[end])) end += 1;
  return end > at ? end : -1;
}

function numberIn(data: Buffer, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 10 + (data[at] ?? ZERO) - ZERO;
  return number;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
