import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

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
}

/** Why a token opens no stream: not sealed by this shop, too late, from the future of our clock, or opened before. */
export type TokenRefusal = 'forged' | 'expired' | 'early' | 'used';

/** How long a token is good for. */
export const TOKEN_VALID_MS = 60_000;
/** The clocks of two gateways may differ by so much. */
const CLOCK_TOLERANCE_MS = 5000;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Tokens for the path of one stream: sealed (AES-256-GCM), so that the address neither shows the caller's number
 * nor can be changed, and good for one stream. Gateways with the same auth token accept each other's.
 */
export class StreamTokens {
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #used = new Map<string, number>();

  /** `secret`: shared by all gateways of a shop; without one the tokens are this process' own. */
  constructor(secret: string | undefined, now: () => number = Date.now) {
    const source = secret === undefined ? randomBytes(32) : Buffer.from(secret);
    this.#key = Buffer.from(hkdfSync('sha256', source, '', 'bayline stream token', 32));
    this.#now = now;
  }

  /** About 180 characters for a phone number, 1,000 at most, that need no escaping in a URL. */
  issue(claims: StreamClaims): string {
    const { callSid, from, attestation, hop, expiresAt } = claims;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = cipher.update(JSON.stringify([callSid, hop, expiresAt, attestation, from]), 'utf8');
    return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
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
    const bytes = Buffer.from(token, 'base64url');
    // Node decodes leniently: only the canonical spelling counts, so that a token has one name in #used.
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== token) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(IV_BYTES, -TAG_BYTES);
      const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
      return claimsOf(JSON.parse(text));
    } catch {
      return null;
    }
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
  const [callSid, hop, expiresAt, attestation, from]: unknown[] = value;
  if (typeof callSid !== 'string' || typeof from !== 'string') return null;
  if (typeof hop !== 'number' || typeof expiresAt !== 'number') return null;
  if (attestation !== null && typeof attestation !== 'string') return null;
  return { callSid, hop, expiresAt, attestation, from };
}
