import { isJsonObject } from './json.js';

/** What a server may send on a bidirectional stream (twilio.com/docs/voice/media-streams/websocket-messages). */
export type ServerMessage =
  | { readonly event: 'media'; readonly audio: Buffer }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

export type FaultKind =
  | 'not-json'
  | 'unknown-event'
  | 'missing-field'
  | 'extra-field'
  | 'wrong-stream-sid'
  | 'bad-base64'
  | 'empty-payload'
  | 'empty-mark-name';

/** What is wrong with one message; the sentence names fields, never what stands in them. */
export interface MessageFault {
  readonly kind: FaultKind;
  readonly sentence: string;
}

/** `message` is what the server meant, in spite of the faults; `null` when that cannot be told. */
export interface ReadMessage {
  readonly message: ServerMessage | null;
  readonly faults: readonly MessageFault[];
}

type Fields = Readonly<Record<string, unknown>>;
type Fail = (kind: FaultKind, sentence: string) => void;

const EVENTS = ['media', 'mark', 'clear'] as const;
const BODY = { media: 'payload', mark: 'name' } as const;
const STANDARD_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MAX_SHOWN = 40;

/** Reads one text message as strictly as Twilio does: exactly the documented fields and nothing else. */
export function readServerMessage(text: string, streamSid: string): ReadMessage {
  const faults: MessageFault[] = [];
  const fail: Fail = (kind, sentence) => void faults.push({ kind, sentence });
  const fields = parseObject(text);
  if (fields) return { message: readFields(fields, streamSid, fail), faults };
  fail('not-json', 'A message is no JSON object');
  return { message: null, faults };
}

function readFields(fields: Fields, streamSid: string, fail: Fail): ServerMessage | null {
  const event = EVENTS.find((known) => known === fields.event);
  if (event === undefined) {
    if (typeof fields.event === 'string')
      fail('unknown-event', `A message has the unknown event ${shown(fields.event)}`);
    else fail('missing-field', 'A message has no "event"');
    return null;
  }
  checkKnown(fields, ['event', 'streamSid', ...(event === 'clear' ? [] : [event])], event, '', fail);
  checkStreamSid(fields, streamSid, event, fail);
  if (event === 'clear') return { event };
  const value = readBody(fields[event], event, fail);
  if (value === null) return null;
  return event === 'mark' ? readMark(value, fail) : readMedia(value, fail);
}

function checkStreamSid({ streamSid: seen }: Fields, streamSid: string, event: string, fail: Fail): void {
  if (seen === streamSid) return;
  const what = seen === undefined ? 'no streamSid' : 'a streamSid that is not the one of its stream';
  fail('wrong-stream-sid', `A ${event} message has ${what}`);
}

function readBody(body: unknown, event: 'media' | 'mark', fail: Fail): string | null {
  const field = BODY[event];
  if (!isJsonObject(body)) {
    fail('missing-field', `A ${event} message has no "${event}" object`);
    return null;
  }
  checkKnown(body, [field], event, `${event}.`, fail);
  const value = body[field];
  if (typeof value === 'string') return value;
  fail('missing-field', `A ${event} message has no text in ${event}.${field}`);
  return null;
}

function readMark(name: string, fail: Fail): ServerMessage {
  if (name === '') fail('empty-mark-name', 'A mark message has an empty name');
  return { event: 'mark', name };
}

// Buffer.from takes anything: the alphabet of URLs, white space, no padding. What it makes of it is what was meant, most likely.
function readMedia(payload: string, fail: Fail): ServerMessage {
  if (payload === '') fail('empty-payload', 'A media message has an empty payload');
  const fault = base64Fault(payload);
  if (fault !== null) fail('bad-base64', `A media payload ${fault}`);
  return { event: 'media', audio: Buffer.from(payload, 'base64') };
}

function base64Fault(payload: string): string | null {
  if (STANDARD_BASE64.test(payload) && payload.length % 4 === 0) return null;
  if (payload.startsWith('data:')) return 'is a data: URL; Twilio takes the base64 alone';
  const body = payload.replace(/={1,2}$/, '');
  if (/[-_]/.test(body)) return 'is base64url, with - and _; Twilio takes the standard alphabet';
  if (/\s/.test(body)) return 'has white space in its base64';
  if (body.includes('=')) return 'has padding in its middle: pieces of base64 were joined instead of bytes';
  if (/[^A-Za-z0-9+/]/.test(body)) return 'is no base64';
  return 'is base64 without its padding, or cut off';
}

function checkKnown(fields: Fields, known: readonly string[], event: string, path: string, fail: Fail): void {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    const meant = known.find((name) => plain(name) === plain(key));
    const hint = meant === undefined ? '' : `; it is spelt ${meant}`;
    fail('extra-field', `A ${event} message has the unexpected field ${shown(path + key)}${hint}`);
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
