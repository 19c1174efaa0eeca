import { GatewayError } from '../core/errors.js';

/** Path of the webhook that says what a call does after its stream. */
export const NEXT_PATH = '/twilio/voice/next';

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
