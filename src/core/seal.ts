import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Values of ours that go through hands that may neither read nor change them (AES-256-GCM). Whoever has the same secret and purpose reads
 * them, and nobody else.
 */
export class Seal {
  readonly #key: Buffer;

  /** `secret`: shared by all who are to read; absent: what is sealed is this object's own. `purpose` keeps the uses of one secret apart. */
  constructor(secret: string | undefined, purpose: string) {
    const source = secret === undefined ? randomBytes(32) : Buffer.from(secret);
    this.#key = Buffer.from(hkdfSync('sha256', source, '', purpose, 32));
  }

  /** What JSON can hold, as a text that needs no escaping in an address or a cookie. */
  close(value: unknown): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = cipher.update(JSON.stringify(value), 'utf8');
    return Buffer.concat([iv, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** Null when it was not sealed with this secret, or was changed. A sealed value has one spelling only. Never throws. */
  open(text: string): unknown {
    const bytes = Buffer.from(text, 'base64url');
    // Node decodes leniently.
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return null;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const sealed = bytes.subarray(IV_BYTES, -TAG_BYTES);
      return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8'));
    } catch {
      return null;
    }
  }
}
