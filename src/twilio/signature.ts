import { createHash, timingSafeEqual } from 'node:crypto';
import { domainToUnicode } from 'node:url';
import webhooks from 'twilio/lib/webhooks/webhooks.js';

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^:/?#[\]]+)(?::(\d*))?\/?$/i;

/** A form as Express' urlencoded parser gives it: a repeated name becomes an array. */
export type Form = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Checks `X-Twilio-Signature` against the one configured public origin, never against a Host or X-Forwarded header
 * (twilio.com/docs/usage/security). Never throws; compares in constant time.
 */
export class SignatureChecker {
  readonly #authToken: string;
  readonly #origin: () => string;
  readonly #written: string | undefined;
  #spelled: { readonly origin: string; readonly all: readonly string[] } = { origin: '', all: [] };

  /** `written`: the origin as its owner wrote it, in capitals perhaps, if it is known. Twilio signs what stands in its console. */
  constructor(authToken: string, origin: () => string, written?: string) {
    this.#authToken = authToken;
    this.#origin = origin;
    this.#written = written;
  }

  /** A webhook: HMAC over the URL with its query and every parameter of the form. */
  isValidForm(pathAndQuery: string, form: Form, signature: unknown): boolean {
    return this.#matches((origin) => origin, pathAndQuery, form, signature);
  }

  /** A stream's upgrade: HMAC over the `wss:` URL (`ws:` for a local origin), no parameters. */
  isValidUpgrade(path: string, signature: unknown): boolean {
    return this.#matches(streamOrigin, path, {}, signature);
  }

  // The usual spelling comes first: what is signed for it costs one HMAC, and only what is refused costs all.
  #matches(schemeOf: (origin: string) => string, path: string, form: Form, signature: unknown): boolean {
    if (typeof signature !== 'string' || signature.length > 100) return false;
    const paths = pathSpellings(path);
    return this.#origins().some((origin) =>
      paths.some((rest) => {
        const url = `${schemeOf(origin)}${rest}`;
        return equal(webhooks.getExpectedTwilioSignature(this.#authToken, url, form), signature);
      }),
    );
  }

  // The origin of a local gateway is known late, and then stays.
  #origins(): readonly string[] {
    const origin = this.#origin();
    if (this.#spelled.origin !== origin)
      this.#spelled = { origin, all: originSpellings(origin, this.#written) };
    return this.#spelled.all;
  }
}

/** Where Twilio is told to open streams, and what it therefore signs: `wss:` for `https:`, `ws:` for `http:`. */
export function streamOrigin(origin: string): string {
  return origin.replace(/^http(s?):/i, (_scheme, s: string) => `ws${s.toLowerCase()}:`);
}

/**
 * The ways in which Twilio may write one origin when it signs, the usual one first. It signs an address as its console has it: in
 * capitals, as an international name or its `xn--` form, an IPv6 address long or short. Whether it names the port depends on the
 * product (twilio.com/docs/usage/security), and its libraries try both.
 */
function originSpellings(origin: string, written: string = origin): readonly string[] {
  const spelled = [origin, withUnicodeHost(origin), written.trim()];
  return [...new Set(spelled.flatMap(withAndWithoutPort))];
}

function withAndWithoutPort(origin: string): string[] {
  const [, scheme, host, port] = ORIGIN.exec(origin) ?? [];
  if (scheme === undefined || host === undefined) return [];
  const standard = scheme.toLowerCase() === 'https' ? '443' : '80';
  const ends = port ? [`:${port}`, ''] : ['', `:${standard}`];
  const schemes = [scheme.toLowerCase(), scheme];
  return schemes.flatMap((start) => ends.map((end) => `${start}://${host}${end}`));
}

function withUnicodeHost(origin: string): string {
  const { hostname } = new URL(origin);
  return origin.replace(hostname, domainToUnicode(hostname) || hostname);
}

// For streams Twilio sometimes signs a trailing slash.
function pathSpellings(path: string): string[] {
  return path.includes('?') ? [path] : [path, path.endsWith('/') ? path.slice(0, -1) : `${path}/`];
}

function equal(expected: string, given: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
