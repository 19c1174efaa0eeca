import { BoundedMap } from '../core/bounded-map.js';
import { withDeadline } from '../core/errors.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import type { Metrics } from '../core/metrics.js';
import type { StreamLedger, StreamOfCall } from '../stream-ledger/stream-ledger.js';
import { MEDIA_PATH, nextAddress, STREAM_STATUS_PATH } from '../twilio/paths.js';
import { streamOrigin } from '../twilio/signature.js';
import {
  type StreamClaims,
  type StreamTokens,
  TOKEN_VALID_MS,
  type TokenRefusal,
} from '../twilio/stream-token.js';
import { connectStream } from '../twilio/twiml.js';

/** A webhook waits no longer than that for the other gateways' word on an invitation. */
const PROPOSE_DEADLINE_MS = 200;
/** The start of a stream waits no longer than that to learn whether it was opened before, elsewhere. */
const CLAIM_DEADLINE_MS = 100;

/** Who is invited: `hop` is 0 for a call's first stream. */
export type Invited = Pick<StreamClaims, 'callSid' | 'from' | 'attestation' | 'hop' | 'via'>;

/** The token that stands for a stream, and whether it was made here and now or given to this call before. */
export interface Offer {
  readonly token: string;
  readonly expiresAt: number;
  /** What it vouches for. */
  readonly attestation: string | null;
  readonly via: StreamClaims['via'];
  readonly isNew: boolean;
}

/** Its TwiML, three times as long as the token, is written when it is asked for: 8,000 calls are remembered. */
interface Invitation {
  readonly token: string;
  readonly hop: number;
  readonly attestation: string | null;
  readonly via: StreamClaims['via'];
  /** Milliseconds since 1970, as `since`. */
  readonly expiresAt: number;
  /** What became of it; `repeated`: it was given twice, once perhaps by another gateway. */
  state: 'invited' | 'repeated' | 'opened' | 'started';
  /** When it was made, and once its stream is opened, when that was. */
  since: number;
}

/** What a call was answered last. */
export interface LatestInvitation {
  readonly twiml: string;
  readonly hop: number;
  /** What its token vouches for. */
  readonly attestation: string | null;
  /** Who may open it. */
  readonly via: StreamClaims['via'];
  /** Its time has passed. */
  readonly expired: boolean;
  /** Its stream was opened, here. */
  readonly opened: boolean;
}

export interface InvitationOptions {
  readonly tokens: StreamTokens;
  readonly ledger: StreamLedger;
  readonly metrics: Metrics;
  /** The origin Twilio sees. */
  readonly origin: () => string;
  /** A stream invited that long ago and never opened, or opened that long ago and never started, no longer counts as on its way. */
  readonly startTimeoutMs: number;
  /** Who rang and hung up comes no more; absent: nobody does. */
  readonly isOver?: (callSid: string) => boolean;
  readonly now?: () => number;
}

/**
 * The TwiML that invites Twilio to open a stream. Remembered by call, here and in the ledger, so that a repeated webhook gets the same
 * answer and token at every gateway of the shop, and each stream is opened once.
 */
export class StreamInvitations {
  readonly #options: InvitationOptions;
  readonly #now: () => number;
  readonly #latest = new BoundedMap<string, Invitation>();

  constructor(options: InvitationOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** The token that this stream is to be opened with, new unless a gateway has given one before. Never rejects; waits 200 ms at most. */
  async propose(call: Invited): Promise<Offer> {
    const { tokens, ledger } = this.#options;
    const expiresAt = this.#now() + TOKEN_VALID_MS;
    const { callSid, from, attestation, hop, via } = call;
    const token = tokens.issue({ callSid, from, attestation, hop, expiresAt, ...(via ? { via } : {}) });
    const standing = await this.#answerOf(ledger.propose(call, token), PROPOSE_DEADLINE_MS, 'invite');
    const theirs = standing === null || standing === token ? null : tokens.unseal(standing);
    // What cannot be read is no token of this shop: a gateway with another auth token shares the Redis.
    if (standing === null || !theirs) return { token, expiresAt, attestation, via, isNew: true };
    const { expiresAt: until, attestation: verdict } = theirs;
    return { token: standing, expiresAt: until, attestation: verdict, via: theirs.via, isNew: false };
  }

  /** Invites with what was proposed; the same again for a stream that was invited meanwhile, null when the offer's time has passed. */
  invite(
    { callSid, hop }: StreamOfCall,
    { token, expiresAt, attestation, via, isNew }: Offer,
  ): string | null {
    const known = this.latest(callSid);
    if (known && known.hop >= hop && !known.expired) return known.twiml;
    const state = isNew ? 'invited' : 'repeated';
    const since = expiresAt - TOKEN_VALID_MS;
    this.#latest.set(callSid, { token, hop, attestation, via, expiresAt, state, since });
    return expiresAt < this.#now() ? null : this.#twiml(token, hop);
  }

  /** Nobody may open the stream that was offered, at no gateway; here it counts as one whose time has passed. Returns its TwiML. */
  withdraw({ callSid, hop }: StreamOfCall, { token, attestation, via }: Offer): string {
    const expired = { token, hop, attestation, via, expiresAt: 0, state: 'invited' as const, since: 0 };
    // A later stream may have been invited while the other gateways were asked.
    if ((this.#latest.get(callSid)?.hop ?? 0) <= hop) this.#latest.set(callSid, expired);
    void this.claim({ callSid, hop });
    return this.#twiml(token, hop);
  }

  /** What this call was answered last; null when it never was here. */
  latest(callSid: string): LatestInvitation | null {
    const invitation = this.#latest.get(callSid);
    if (!invitation) return null;
    const { token, hop, attestation, via, expiresAt, state } = invitation;
    return {
      twiml: this.#twiml(token, hop),
      hop,
      attestation,
      via,
      expired: expiresAt < this.#now(),
      opened: state === 'opened' || state === 'started',
    };
  }

  /**
   * The same answer once more, for a webhook that Twilio repeats; null when its stream was opened, its time has passed or it
   * was repeated already: then the stream cannot be opened, and the same again would go round for ever.
   */
  repeat(callSid: string): string | null {
    const invitation = this.#latest.get(callSid);
    if (invitation?.state !== 'invited' || invitation.hop === 0) return null;
    if (invitation.expiresAt < this.#now()) return null;
    invitation.state = 'repeated';
    return this.#twiml(invitation.token, invitation.hop);
  }

  /** What a token of this shop vouches for, whatever the time; null for any other text. Leaves it as it is. */
  read(token: string): StreamClaims | null {
    return this.#options.tokens.unseal(token);
  }

  /** This gateway has invited the stream of this token itself or opened it, and knows of no later one of the call. */
  isOurs(token: string): boolean {
    const claims = this.#options.tokens.unseal(token);
    return claims !== null && this.#of(claims) !== null;
  }

  /** The claims of a token that has not been used here; why the stream must be refused otherwise. */
  redeem(token: string): StreamClaims | TokenRefusal {
    const claims = this.#options.tokens.redeem(token);
    if (typeof claims === 'string') return claims;
    this.#opened(claims, token);
    return claims;
  }

  // Whoever invited it: until it starts, it is on its way here.
  #opened({ callSid, hop, attestation, expiresAt, via }: StreamClaims, token: string): void {
    const known = this.#latest.get(callSid);
    if (known && known.hop > hop) return;
    this.#latest.set(callSid, {
      token: known?.hop === hop ? known.token : token,
      hop,
      attestation,
      via,
      expiresAt,
      state: 'opened',
      since: this.#now(),
    });
  }

  /**
   * Whether this stream may go on: it was opened before at no gateway, or that cannot be told within 100 ms. With the in-process
   * ledger the answer is there at once. Never rejects.
   */
  claim(stream: StreamOfCall): MaybePromise<boolean> {
    const isFirst = this.#options.ledger.claim(stream);
    if (typeof isFirst === 'boolean') return isFirst;
    return this.#answerOf(isFirst, CLAIM_DEADLINE_MS, 'open').then((answer) => answer ?? true);
  }

  /** The stream has started: its call is live and counts as such. */
  started(stream: StreamOfCall): void {
    const invitation = this.#of(stream);
    if (invitation) invitation.state = 'started';
  }

  /** Streams that were invited and are still on their way: they count against the capacity, but for those of browsers. */
  get pendingCount(): number {
    let pending = 0;
    for (const [callSid, { via }] of this.#latest) if (!via && this.isPending(callSid)) pending += 1;
    return pending;
  }

  /** The call's stream was invited and is still on its way. */
  isPending(callSid: string): boolean {
    const invitation = this.#latest.get(callSid);
    if (!invitation || invitation.state === 'started') return false;
    const now = this.#now();
    if (invitation.expiresAt < now || this.#options.isOver?.(callSid)) return false;
    const ageMs = now - invitation.since;
    // A clock that was set back makes them look as if they came from the future: those are not waited for.
    return ageMs >= 0 && ageMs <= this.#options.startTimeoutMs;
  }

  async #answerOf<T>(asked: Promise<T | null>, ms: number, step: 'invite' | 'open'): Promise<T | null> {
    const answer = await withDeadline(asked, ms, 'Asking the stream ledger').catch(() => inThisTurn(asked));
    if (answer === null) this.#options.metrics.ledgerUnanswered.inc({ step });
    return answer;
  }

  #twiml(token: string, hop: number): string {
    const origin = this.#options.origin();
    return connectStream({
      streamUrl: `${streamOrigin(origin)}${MEDIA_PATH}${token}`,
      nextUrl: nextAddress(origin, hop),
      statusUrl: `${origin}${STREAM_STATUS_PATH}`,
      parameters: { hop: String(hop) },
    });
  }

  #of({ callSid, hop }: StreamOfCall): Invitation | null {
    const invitation = this.#latest.get(callSid);
    return invitation?.hop === hop ? invitation : null;
  }
}

// Timers run before sockets are read: after a blocked event loop the answer may be there already.
function inThisTurn<T>(asked: Promise<T | null>): Promise<T | null> {
  return Promise.race([asked, new Promise<null>((resolve) => setImmediate(() => resolve(null)))]);
}
