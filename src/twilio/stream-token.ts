import { Seal } from '../core/seal.js';

/** What a stream's address vouches for: which call may use it, who is calling, until when. */
export interface StreamClaims {
  readonly callSid: string;
  /** The caller as `From` of the webhook named it. */
  readonly from: string;
  /** Twilio's `StirVerstat`; null when it sent none. */
  readonly attestation: string | null;
  /** 0 for a call's first stream, one more for each time it is picked up again. */
  readonly hop: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The gateway's own page may open it, to try the line, and nobody else; absent: Twilio. */
  readonly via?: 'browser';
}

/** Why a token opens no stream: not sealed by this shop, too late, from the future of our clock, or opened before. */
export type TokenRefusal = 'forged' | 'expired' | 'early' | 'used';

/** How long a token is good for. */
export const TOKEN_VALID_MS = 60_000;
/** The clocks of two gateways may differ by so much. */
const CLOCK_TOLERANCE_MS = 5000;

/**
 * Tokens for the path of one stream: sealed (AES-256-GCM), so that the address neither shows the caller's number
 * nor can be changed, and good for one stream. Gateways with the same auth token accept each other's.
 */
export class StreamTokens {
  readonly #seal: Seal;
  readonly #now: () => number;
  readonly #used = new Map<string, number>();

  /** `secret`: shared by all gateways of a shop; without one the tokens are this process' own. */
  constructor(secret: string | undefined, now: () => number = Date.now) {
    this.#seal = new Seal(secret, 'bayline stream token');
    this.#now = now;
  }

  /** About 180 characters for a phone number, 1,000 at most, that need no escaping in a URL. */
  issue({ callSid, from, attestation, hop, expiresAt, via }: StreamClaims): string {
    return this.#seal.close([callSid, hop, expiresAt, attestation, from, ...(via ? [via] : [])]);
  }

  /** The claims of a token, and marks it used; why not, when it opens no stream. Never throws. */
  redeem(token: string): StreamClaims | TokenRefusal {
    const claims = this.read(token);
    if (typeof claims === 'string') return claims;
    if (this.#used.has(token)) return 'used';
    this.#forgetExpired();
    this.#used.set(token, claims.expiresAt);
    return claims;
  }

  /** As {@link StreamTokens.redeem}, but leaves the token as it is. */
  read(token: string): StreamClaims | Exclude<TokenRefusal, 'used'> {
    const claims = this.unseal(token);
    if (!claims) return 'forged';
    const leftMs = claims.expiresAt - this.#now();
    if (leftMs < -CLOCK_TOLERANCE_MS) return 'expired';
    return leftMs > TOKEN_VALID_MS + CLOCK_TOLERANCE_MS ? 'early' : claims;
  }

  /** What a token vouches for, whatever the time; null when this shop has not sealed it. */
  unseal(token: string): StreamClaims | null {
    return claimsOf(this.#seal.open(token));
  }

  // Only tokens of ours get here, so their number is bounded by the calls of one validity.
  #forgetExpired(): void {
    for (const [token, expiresAt] of this.#used) {
      if (expiresAt + CLOCK_TOLERANCE_MS >= this.#now()) return;
      this.#used.delete(token);
    }
  }
}

// Sealed by us, but perhaps by another version of us.
function claimsOf(value: unknown): StreamClaims | null {
  if (!Array.isArray(value)) return null;
  const [callSid, hop, expiresAt, attestation, from, via]: unknown[] = value;
  if (typeof callSid !== 'string' || typeof from !== 'string') return null;
  if (typeof hop !== 'number' || typeof expiresAt !== 'number') return null;
  if (attestation !== null && typeof attestation !== 'string') return null;
  if (via !== undefined && via !== 'browser') return null;
  return { callSid, hop, expiresAt, attestation, from, ...(via ? { via } : {}) };
}
