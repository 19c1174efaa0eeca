import type { StreamClaims, StreamTokens } from '../twilio/stream-token.js';
import { connectStream } from '../twilio/twiml.js';

/** Path of a stream's upgrade; the token is its last segment. */
export const MEDIA_PATH = '/twilio/media/';
export const NEXT_PATH = '/twilio/voice/next';
export const STREAM_STATUS_PATH = '/twilio/stream-status';

const VALID_MS = 60_000;
const MAX_REMEMBERED = 10_000;

interface Invitation {
  readonly twiml: string;
  readonly hop: number;
  readonly expiresAt: number;
  used: boolean;
  repeated: boolean;
}

export interface InvitationOptions {
  readonly tokens: StreamTokens;
  /** The origin Twilio sees. */
  readonly origin: () => string;
  /** A stream invited that long ago and never opened no longer counts as on its way. */
  readonly startTimeoutMs: number;
  readonly now?: () => number;
}

/** The TwiML that invites Twilio to open a stream. Remembered by call, so that a repeated webhook gets the same answer and token. */
export class StreamInvitations {
  readonly #options: InvitationOptions;
  readonly #now: () => number;
  readonly #latest = new Map<string, Invitation>();

  constructor(options: InvitationOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Makes a new token; `hop` is 0 for a call's first stream. */
  invite(call: Pick<StreamClaims, 'callSid' | 'from' | 'attestation' | 'hop'>): string {
    const { callSid, from, attestation, hop } = call;
    const { tokens, origin } = this.#options;
    const expiresAt = this.#now() + VALID_MS;
    const token = tokens.issue({ callSid, from, attestation, hop, expiresAt });
    const twiml = connectStream({
      streamUrl: `${origin().replace(/^http/, 'ws')}${MEDIA_PATH}${token}`,
      nextUrl: `${origin()}${NEXT_PATH}`,
      statusUrl: `${origin()}${STREAM_STATUS_PATH}`,
      parameters: { hop: String(hop) },
    });
    this.#remember(callSid, { twiml, hop, expiresAt, used: false, repeated: false });
    return twiml;
  }

  /** What this call was answered last; null when it never was here, `expired` when its time has passed. */
  latest(callSid: string): (Readonly<Invitation> & { readonly expired: boolean }) | null {
    const invitation = this.#latest.get(callSid);
    return invitation ? { ...invitation, expired: invitation.expiresAt < this.#now() } : null;
  }

  /**
   * The same answer once more, for a webhook that Twilio repeats; null when its stream was opened, its time has passed or it
   * was repeated already: then the stream cannot be opened, and the same again would go round for ever.
   */
  repeat(callSid: string): string | null {
    const invitation = this.#latest.get(callSid);
    if (!invitation || invitation.used || invitation.repeated || invitation.hop === 0) return null;
    if (invitation.expiresAt < this.#now()) return null;
    invitation.repeated = true;
    return invitation.twiml;
  }

  /** This gateway invited the stream of this token itself, and has invited no later one of the call. */
  isOurs(token: string): boolean {
    const claims = this.#options.tokens.read(token);
    return claims !== null && this.#latest.get(claims.callSid)?.hop === claims.hop;
  }

  /** The claims of a token that has not been used yet; null when the stream must be refused. */
  redeem(token: string): StreamClaims | null {
    const claims = this.#options.tokens.redeem(token);
    const invitation = claims && this.#latest.get(claims.callSid);
    if (invitation?.hop === claims?.hop && invitation) invitation.used = true;
    return claims;
  }

  /** Streams that were invited and are still on their way: they count against the capacity. */
  get pendingCount(): number {
    const since = this.#now() + VALID_MS - this.#options.startTimeoutMs;
    let pending = 0;
    for (const { used, expiresAt } of [...this.#latest.values()].reverse()) {
      if (expiresAt < since) break;
      if (!used) pending += 1;
    }
    return pending;
  }

  #remember(callSid: string, invitation: Invitation): void {
    this.#latest.delete(callSid);
    this.#latest.set(callSid, invitation);
    if (this.#latest.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#latest.keys();
    if (oldest !== undefined) this.#latest.delete(oldest);
  }
}
