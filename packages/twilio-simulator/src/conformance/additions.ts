import { isJsonObject } from '../json.js';

/** An event that Twilio does not send today, as it may one day. */
export const UNKNOWN_EVENT = { event: 'conformance', body: { note: 'an event that is not known today' } };

/** The same message of Twilio's with fields that are not known today, at its top and in its body. */
export function withExtraFields(text: string): string {
  const message: unknown = JSON.parse(text);
  if (!isJsonObject(message)) return text;
  const event = message.event;
  const body = typeof event === 'string' ? message[event] : undefined;
  const added = { conformance: { note: 'a field that is not known today' } };
  return JSON.stringify({
    ...message,
    ...added,
    ...(typeof event === 'string' && isJsonObject(body) ? { [event]: { ...body, ...added } } : {}),
  });
}
