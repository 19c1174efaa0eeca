import { GatewayError } from '../core/errors.js';

/**
 * The Media Streams wire as it comes in: six messages
 * (twilio.com/docs/voice/media-streams/websocket-messages). Twilio sends every number as a decimal string; others who speak its
 * protocol send JSON numbers, which are read the same.
 */
export type InboundMessage =
  | { readonly event: 'connected' }
  | StartMessage
  | MediaMessage
  | KeyMessage
  | { readonly event: 'mark'; readonly streamSid: string; readonly name: string }
  | { readonly event: 'stop'; readonly streamSid: string }
  /** Audio or a key of the track that the caller hears: not the caller's. */
  | { readonly event: 'outbound'; readonly streamSid: string }
  | { readonly event: 'unknown' };

export interface StartMessage {
  readonly event: 'start';
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
}

interface MediaMessage {
  readonly event: 'media';
  readonly streamSid: string;
  /** Presentation time in milliseconds since the start of this stream. */
  readonly timestampMs: number;
  /** Mu-law, 8 kHz, mono; 160 bytes are 20 ms. */
  readonly audio: Buffer;
}

export interface KeyMessage {
  readonly event: 'dtmf';
  readonly streamSid: string;
  readonly digit: string;
  /** The message's number on its stream; null: it has none that can be read. */
  readonly sequence: number | null;
}

/** `stream` and `call` SIDs: two letters and 32 hex digits. */
const STREAM_SID = /^MZ[0-9a-f]{32}$/i;
export const CALL_SID = /^CA[0-9a-f]{32}$/i;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses one text frame. An event that Twilio may add one day becomes `unknown`, unknown fields are ignored; a known event
 * without its documented fields throws `BAD_MESSAGE`, naming the field.
 */
export function parseMessage(text: string): InboundMessage {
  const message = parseJson(text);
  switch (message.event) {
    case 'media':
      return mediaMessage(message);
    case 'connected':
      return { event: 'connected' };
    case 'start':
      return startMessage(message);
    case 'dtmf':
      return keyMessage(message);
    case 'mark':
      return { event: 'mark', streamSid: streamSid(message), name: string(object(message, 'mark'), 'name') };
    case 'stop':
      return { event: 'stop', streamSid: streamSid(message) };
    default:
      string(message, 'event');
      return { event: 'unknown' };
  }
}

function mediaMessage(message: Fields): InboundMessage {
  const media = object(message, 'media');
  if (isOutboundTrack(media.track)) return { event: 'outbound', streamSid: streamSid(message) };
  const timestampMs = wholeNumber(media.timestamp);
  if (timestampMs === null) throw malformed('media.timestamp is no whole number');
  const audio = decodeAudio(string(media, 'payload'));
  if (!audio) throw malformed('media.payload is not base64');
  return { event: 'media', streamSid: streamSid(message), timestampMs, audio };
}

function keyMessage(message: Fields): InboundMessage {
  const dtmf = object(message, 'dtmf');
  if (isOutboundTrack(dtmf.track)) return { event: 'outbound', streamSid: streamSid(message) };
  const sequence = wholeNumber(message.sequenceNumber);
  return { event: 'dtmf', streamSid: streamSid(message), digit: digit(dtmf), sequence };
}

/** Whether a track is the one that the caller hears. Any other, and none, is the caller's: nobody goes unheard for a word we do not know. */
export function isOutboundTrack(track: unknown): boolean {
  return typeof track === 'string' && /^outbound(_track)?$/i.test(track);
}

/** A whole number of at most 15 digits, written as text or as a JSON number; null for anything else. */
export function wholeNumber(value: unknown): number | null {
  if (typeof value === 'string') return /^\d{1,15}$/.test(value) ? Number(value) : null;
  const isWhole = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e15;
  // JSON has a -0, which is 0.
  return isWhole ? value + 0 : null;
}

/** The bytes of a payload; null when it is not base64 or is empty. */
function decodeAudio(payload: string): Buffer | null {
  const audio = Buffer.from(payload, 'base64');
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  // Buffer.from skips what is not base64 instead of failing, so the decoded length is the proof.
  const isWhole = payload.length % 4 === 0 && audio.length === (payload.length / 4) * 3 - padding;
  return isWhole && audio.length > 0 ? audio : null;
}

function startMessage(message: Fields): StartMessage {
  const start = object(message, 'start');
  const format = object(start, 'mediaFormat');
  if (format.encoding !== 'audio/x-mulaw' || format.sampleRate !== 8000 || format.channels !== 1) {
    throw malformed('start.mediaFormat is not audio/x-mulaw, 8000 Hz, 1 channel');
  }
  const callSid = string(start, 'callSid');
  if (!CALL_SID.test(callSid)) throw malformed('start.callSid is no call SID');
  const customParameters = stringsOf(start.customParameters);
  return {
    event: 'start',
    streamSid: streamSid(message),
    callSid,
    accountSid: string(start, 'accountSid'),
    customParameters,
  };
}

function stringsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function digit(dtmf: Fields): string {
  const key = string(dtmf, 'digit');
  if (!/^[0-9*#A-D]$/.test(key)) throw malformed('dtmf.digit is no key of a telephone');
  return key;
}

function streamSid(message: Fields): string {
  const sid = string(message, 'streamSid');
  if (!STREAM_SID.test(sid)) throw malformed('streamSid is no stream SID');
  return sid;
}

function parseJson(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('not JSON');
  }
  if (!isObject(value)) throw malformed('not a JSON object');
  return value;
}

function object(from: Fields, key: string): Fields {
  const value = from[key];
  if (!isObject(value)) throw malformed(`${key} is no object`);
  return value;
}

function string(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== 'string') throw malformed(`${key} is no string`);
  return value;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Says which field, never what stood in it: the value may be a digit or audio.
function malformed(what: string): GatewayError {
  return new GatewayError('BAD_MESSAGE', `Malformed stream message: ${what}`);
}

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
