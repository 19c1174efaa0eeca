import { GatewayError } from '../core/errors.js';

/** The webhook of an incoming call. */
export const VOICE_PATH = '/twilio/voice';
/** The webhook that says what a call does after its stream. */
export const NEXT_PATH = '/twilio/voice/next';
/** Twilio's callback about a stream: its start, its end, its errors. */
export const STREAM_STATUS_PATH = '/twilio/stream-status';
/** Twilio's callback about a call. */
export const CALL_STATUS_PATH = '/twilio/call-status';
/** Every address to which Twilio posts forms. */
export const WEBHOOK_PATHS = [VOICE_PATH, NEXT_PATH, STREAM_STATUS_PATH, CALL_STATUS_PATH];
/** Where media streams are opened; a token follows. */
export const MEDIA_PATH = '/twilio/media/';

/**
 * Where Twilio asks what comes after the stream `hop` (0 for a call's first). Twilio signs the whole address and brings it back, so that
 * the streams of a call are counted also where its gateways share nothing.
 */
export function nextAddress(origin: string, hop: number): string {
  return hop === 0 ? `${origin}${NEXT_PATH}` : `${origin}${NEXT_PATH}?hop=${hop}`;
}

/** The `hop` of such an address' query; 0 when there is none. Throws BAD_REQUEST for what is no small whole number. */
export function parseHop(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === 'string' && /^\d{1,4}$/.test(value)) return Number(value);
  throw new GatewayError('BAD_REQUEST', 'The parameter hop is malformed.');
}
