/** What a gateway may send on a bidirectional stream (twilio.com/docs/voice/media-streams/websocket-messages). */
export type GatewayMessage =
  | { readonly event: 'media'; readonly audio: Buffer }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

/** Why Twilio would not act on a message: its error number and a sentence. */
export interface Breach {
  readonly code: number;
  readonly message: string;
}

const BODY: Readonly<Record<string, string | null>> = { media: 'payload', mark: 'name', clear: null };
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads one text message as strictly as Twilio does: exactly the documented fields and nothing else (31951), audio
 * as padded base64 of raw mu-law without a file header (31924).
 */
export function readGatewayMessage(text: string, streamSid: string): GatewayMessage | Breach {
  const message = parseObject(text);
  if (!message) return invalid('A message is no JSON object');
  const event = message.event;
  const field = typeof event === 'string' && Object.hasOwn(BODY, event) ? BODY[event] : undefined;
  if (typeof event !== 'string' || field === undefined) return invalid('A message has an unknown event');
  const strange = unexpectedField(message, ['event', 'streamSid', ...(field === null ? [] : [event])]);
  if (strange) return invalid(`A ${event} message has the unexpected field "${strange}"`);
  if (message.streamSid !== streamSid) return invalid(`A ${event} message has a wrong or no streamSid`);
  return field === null ? { event: 'clear' } : readBody(event, field, message[event]);
}

function readBody(event: string, field: string, body: unknown): GatewayMessage | Breach {
  if (!isObject(body)) return invalid(`A ${event} message has no "${event}" object`);
  const strange = unexpectedField(body, [field]);
  if (strange) return invalid(`A ${event} message has the unexpected field "${event}.${strange}"`);
  const value = body[field];
  if (typeof value !== 'string' || value === '')
    return invalid(`A ${event} message has no ${event}.${field}`);
  return event === 'mark' ? { event, name: value } : readAudio(value);
}

function readAudio(payload: string): GatewayMessage | Breach {
  if (!BASE64.test(payload)) return { code: 31951, message: 'A media payload is no padded base64' };
  const audio = Buffer.from(payload, 'base64');
  if (audio.toString('latin1', 0, 4) === 'RIFF') {
    return { code: 31924, message: 'A media payload begins with a WAV header; Twilio takes raw mu-law' };
  }
  return { event: 'media', audio };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpectedField(object: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(object).find((key) => !known.includes(key));
}

function invalid(message: string): Breach {
  return { code: 31951, message };
}
