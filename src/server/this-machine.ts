import type { IncomingMessage } from 'node:http';
import { isLocalOrigin, isLoopbackAddress, isLoopbackName } from '../core/loopback.js';

/** Why a request is not of this machine: its own programs and pages. */
export type Foreign = 'public_url' | 'peer' | 'forwarded' | 'host' | 'cross_site';

/** For whoever is refused, and for the log. */
export const FOREIGN_BECAUSE: Record<Foreign, string> = {
  public_url: 'PUBLIC_URL is not an address of this machine',
  peer: 'the request comes from another machine',
  forwarded: 'a proxy or a tunnel has passed the request on',
  host: 'the Host of the request is no name of this machine',
  cross_site: 'a page of another site makes the request',
};

/**
 * The one rule for whatever has no token to ask for: a connection of this machine that nobody passed on, to a local name, by no page
 * of another site, while the public address is local. Null: it is so. A proxy that adds no header cannot be told from this machine.
 * `isLocal`: the names that the request may be made to.
 */
export function foreignTo(
  request: IncomingMessage,
  origin: string,
  isLocal: (hostname: string) => boolean = isLoopbackName,
): Foreign | null {
  if (!isLocalOrigin(origin)) return 'public_url';
  if (!isLoopbackAddress(request.socket.remoteAddress ?? '')) return 'peer';
  if (isForwarded(request)) return 'forwarded';
  // A page elsewhere must not reach us through a name that it points at 127.0.0.1.
  if (!hostNamesOf(request).every((name) => name !== null && isLocal(name))) return 'host';
  return isOfAnotherSite(request, origin) ? 'cross_site' : null;
}

/** Whether the `Host` is the public one or a name of this machine, whatever its port. */
export function isOwnHost(request: IncomingMessage, origin: string): boolean {
  const { hostname } = new URL(origin);
  return hostNamesOf(request).every((name) => name !== null && (name === hostname || isLoopbackName(name)));
}

/**
 * Why a socket is not opened by our own page: a browser names the page that opens one. `isLocalOnly`: the page itself is for this machine alone.
 * Null: it is.
 */
export function notOfOurPage(request: IncomingMessage, origin: string, isLocalOnly: boolean): Foreign | null {
  const foreign = isLocalOnly ? foreignTo(request, origin) : null;
  if (foreign !== null) return foreign;
  if (!isOwnHost(request, origin)) return 'host';
  return request.headers.origin === undefined || isOfAnotherSite(request, origin) ? 'cross_site' : null;
}

/** Whether a proxy has left its mark on it. */
export function isForwarded(request: IncomingMessage): boolean {
  return Object.keys(request.headers).some(isForwardingHeader);
}

/** Whether a page of another site made it. What is no browser sends neither header. */
export function isOfAnotherSite({ headers }: IncomingMessage, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const own = [origin, `http://${headers.host}`, `https://${headers.host}`];
  return headers.origin !== undefined && !own.includes(headers.origin.toLowerCase());
}

// What names the asker (X-Real-IP, X-Azure-ClientIP, X-Envoy-External-Address, X-Remote-Addr), the way (Via, X-Forwarded-Proto,
// Max-Forwards, WL-Proxy-SSL) or a tunnel.
const OF_A_PROXY =
  /forward|prox(y|ied)|tunnel|(^|-)via$|ip(v[46])?$|(^|-)(external|remote)-(addr(ess)?|port|user|host)$/;
// The families of the usual networks, balancers and tunnels, and what those add who say little.
const OF_A_NETWORK = new RegExp(
  `^(x-)?(${[
    'akamai|ali|amz|amzn|appengine|arr|auth-request|authentik|azure|bunny|cdn|cf|cloud|cloudfront|cluster|disguised-host',
    'edge|envoy|fastly|fd|fly|front-end|goog|haproxy|heroku|incap|koyeb|lb|ms|netlify|nf|ngrok|now|original|originating',
    'pinggy|pomerium|queue-start|railway|render|request-start|rewrite-url|rndr|scheme|ssl|sucuri|surrogate|tailscale|traefik',
    'url-scheme|varnish|vercel|was|waws|zrok',
  ].join('|')})(-|$)|^x-(coming-from|host|proto|protocol)$`,
);

/** The name of a header that only a proxy, balancer or tunnel adds; small letters, as Node gives it. */
export function isForwardingHeader(name: string): boolean {
  const plain = name.replaceAll('_', '-');
  return OF_A_PROXY.test(plain) || OF_A_NETWORK.test(plain);
}

/** Whom a request names as its host: in every `Host` header and, where the target has one, there. Null for what is no host. */
export function hostNamesOf({ rawHeaders, url = '' }: IncomingMessage): (string | null)[] {
  const hosts = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === 'host');
  const target = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url);
  const named = [...hosts, ...(target ? [target[1] ?? ''] : [])].map(hostNameOf);
  return named.length > 0 ? named : [null];
}

function hostNameOf(host: string): string | null {
  if (!/^(\[[\da-f:.]+\]|[^\s[\]:/?#@\\%]+)(:\d{1,5})?$/i.test(host)) return null;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}
