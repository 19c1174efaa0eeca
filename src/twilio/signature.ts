import { createHash, timingSafeEqual } from 'node:crypto';
import webhooks from 'twilio/lib/webhooks/webhooks.js';

/** A form as Express' urlencoded parser gives it: a repeated name becomes an array. */
export type Form = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Checks `X-Twilio-Signature` against the one configured public origin, never against a Host or X-Forwarded header
 * (twilio.com/docs/usage/security). Never throws; compares in constant time.
 */
export class SignatureChecker {
  readonly #authToken: string;
  readonly #origin: () => string;

  constructor(authToken: string, origin: () => string) {
    this.#authToken = authToken;
    this.#origin = origin;
  }

  /** A webhook: HMAC over the URL with its query and every parameter of the form. */
  isValidForm(pathAndQuery: string, form: Form, signature: unknown): boolean {
    return this.#matches(this.#origin(), pathAndQuery, form, signature);
  }

  /** A stream's upgrade: HMAC over the `wss:` URL (`ws:` for a local origin), no parameters. */
  isValidUpgrade(path: string, signature: unknown): boolean {
    return this.#matches(streamOrigin(this.#origin()), path, {}, signature);
  }

  #matches(origin: string, path: string, form: Form, signature: unknown): boolean {
    if (typeof signature !== 'string' || signature.length > 100) return false;
    let valid = false;
    for (const candidate of spellings(origin, path)) {
      const expected = webhooks.getExpectedTwilioSignature(this.#authToken, candidate, form);
      if (equal(expected, signature)) valid = true;
    }
    return valid;
  }
}

/** Where Twilio is told to open streams, and what it therefore signs: `wss:` for `https:`, `ws:` for `http:`. */
export function streamOrigin(origin: string): string {
  return origin.replace(/^http/, 'ws');
}

// Twilio signs the address as it requested it: with or without the default port, and for
// streams sometimes with a trailing slash (twilio-node knows neither for wss).
function spellings(origin: string, path: string): string[] {
  const { protocol, port } = new URL(origin);
  const standardPort = protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
  const origins = port ? [origin] : [origin, `${origin}:${standardPort}`];
  const paths = path.includes('?') ? [path] : [path, path.endsWith('/') ? path.slice(0, -1) : `${path}/`];
  return origins.flatMap((start) => paths.map((rest) => `${start}${rest}`));
}

function equal(expected: string, given: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
