import { domainToUnicode } from 'node:url';

const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/(\[[^\]]*\]|[^:/?#[\]]+)(?::(\d*))?\/?$/i;

/**
 * The ways in which Twilio may write one origin when it signs, the usual one first. It signs an address as its console has it: in
 * capitals, as an international name or its `xn--` form, an IPv6 address long or short. Whether it names the port depends on the
 * product (twilio.com/docs/usage/security), and its libraries try both.
 */
export function originSpellings(origin: string, written: string = origin): readonly string[] {
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
