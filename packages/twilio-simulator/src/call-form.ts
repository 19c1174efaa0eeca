import { randomBytes } from 'node:crypto';

export interface CallIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  /** E.164, or what Twilio sends for a caller without a number: `anonymous`, `client:…`, `sip:…`. */
  readonly from: string;
  readonly to: string;
  /** STIR/SHAKEN level of the caller's number: `A`, `B`, `C`, or a whole `StirVerstat`; `null` when the carrier sends none. */
  readonly stir: string | null;
}

/** `AC`, `CA` or `MZ` and 32 hexadecimal digits. */
export function newSid(prefix: 'AC' | 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}

const PLACE = { City: 'SPRINGFIELD', State: 'IL', Zip: '62701', Country: 'US' } as const;

/**
 * The parameters that Twilio sends with every voice request of a call, as logged from a live account
 * (twilio.com/docs/voice/twiml#twilios-request-to-your-application); `CallStatus` comes on top.
 */
export function callForm(call: CallIdentity): Record<string, string> {
  return {
    AccountSid: call.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.callSid,
    CallToken: JSON.stringify({ parentCallInfoToken: `${call.callSid}.token`, identityHeaderTokens: [] }),
    Direction: 'inbound',
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    ...(call.from.startsWith('+') ? { ...place('From'), ...place('Caller') } : {}),
    ...place('To'),
    ...place('Called'),
    ...(call.stir === null ? {} : { StirVerstat: verdict(call.stir) }),
  };
}

function verdict(stir: string): string {
  return stir.includes('TN-Validation') ? stir : `TN-Validation-Passed-${stir}`;
}

function place(side: string): Record<string, string> {
  return Object.fromEntries(Object.entries(PLACE).map(([part, value]) => [side + part, value]));
}
