import { ask } from '../shell/api.js';

/** Who calls, as the page plays it. */
export interface CallerChoice {
  /** E.164; absent: the number is withheld. */
  readonly from?: string;
  readonly attestation?: string;
}

/** A stream that the gateway waits for. */
export interface StreamOffer {
  readonly stream_url: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What TwiML would do next; `said` comes before it. */
export type NextStep =
  | ({ readonly action: 'stream' } & StreamOffer)
  | { readonly action: 'dial'; readonly number: string; readonly said: string | null }
  | { readonly action: 'hangup'; readonly said: string | null };

export function placeCall(caller: CallerChoice): Promise<StreamOffer & { readonly call_sid: string }> {
  return ask('/api/phone', { method: 'POST', body: caller });
}

export function nextStep(callSid: string): Promise<NextStep> {
  return ask(`/api/phone/${callSid}/next`, { method: 'POST', body: {} });
}
