import { GatewayError } from './errors.js';

/** Where Redis is and how to get in, read from REDIS_URL: `options` as ioredis takes them. */
type RedisAddress =
  | { readonly kind: 'server'; readonly options: RedisAccess & RedisNode }
  | { readonly kind: 'sentinel'; readonly options: RedisAccess & RedisSentinels }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[]; readonly options: RedisAccess };

interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface RedisCredentials {
  readonly username?: string;
  readonly password?: string;
}

interface RedisAccess extends RedisCredentials {
  readonly db: number;
  /** TLS with its defaults; absent: none. */
  readonly tls?: Readonly<Record<string, never>>;
}

interface RedisSentinels {
  readonly sentinels: RedisNode[];
  readonly name: string;
  readonly failoverDetector: true;
  readonly sentinelTLS?: Readonly<Record<string, never>>;
  readonly enableTLSForSentinelMode?: true;
}

/** The forms that {@link parseRedisUrl} reads, for messages. */
export const REDIS_URL_FORMS =
  'redis://[user:password@]host[:port][/database], rediss:// for TLS, a comma-separated list of redis:// nodes for ' +
  'a Cluster, or redis+sentinel://[user:password@]host:port[,host:port]/master[/database] (rediss+sentinel:// for TLS)';

const SENTINEL_FORM = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^/@]+)\/([^/?#]+)(?:\/(\d+))?$/;
const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26_379;

/**
 * One server, the nodes of a Cluster (user, password and TLS are taken from the first) or Sentinels and the name
 * of their master. Throws a `BAD_CONFIG` GatewayError, which never quotes the URL: it may hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const trimmed = text.trim();
  const sentinel = SENTINEL_FORM.exec(trimmed);
  if (sentinel !== null) return sentinelAddress(sentinel);
  const urls = trimmed.split(',').map((part) => parseServerUrl(part.trim()));
  const [first] = urls;
  if (first === undefined) throw badUrl();
  if (urls.length === 1) return { kind: 'server', options: { ...nodeOf(first), ...accessOf(first) } };
  if (urls.some((url) => databaseOf(url) !== 0)) throw badUrl('a Cluster has only database 0');
  return { kind: 'cluster', nodes: urls.map((url) => nodeOf(url)), options: accessOf(first) };
}

function parseServerUrl(text: string): URL {
  const known = URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
  if (!known || new URL(text).hostname === '') throw badUrl();
  // What stands there would be ignored, and what it meant, a database or half of a password, with it.
  if (/[?#]/.test(text))
    throw badUrl('a ? or # in a password is written %3F or %23, the database behind a /');
  return new URL(text);
}

function nodeOf(url: URL, defaultPort = DEFAULT_PORT): RedisNode {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? defaultPort : Number(url.port) };
}

function accessOf(url: URL): RedisAccess {
  return {
    ...credentials(url.username, url.password),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    db: databaseOf(url),
  };
}

function credentials(username: string, password: string): RedisCredentials {
  return {
    ...(username === '' ? {} : { username: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl('a % in it is not followed by two hex digits');
  }
}

function databaseOf(url: URL): number {
  const path = url.pathname.replace(/^\//, '');
  if (!/^\d{0,4}$/.test(path)) throw badUrl('the database must be a number');
  return Number(path);
}

function sentinelAddress([
  ,
  scheme = '',
  access = '',
  hosts = '',
  name = '',
  database = '0',
]: string[]): RedisAddress {
  const [username = '', password = ''] = access.includes(':') ? access.split(/:(.*)/s) : ['', access];
  const sentinels = hosts
    .split(',')
    .map((host) => nodeOf(parseServerUrl(`redis://${host}`), DEFAULT_SENTINEL_PORT));
  const secure =
    scheme === 'rediss' ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true as const } : {};
  const options = { sentinels, name: decoded(name), db: Number(database), failoverDetector: true as const };
  return { kind: 'sentinel', options: { ...options, ...secure, ...credentials(username, password) } };
}

function badUrl(reason = 'it has another form'): GatewayError {
  return new GatewayError(
    'BAD_CONFIG',
    `The Redis URL cannot be read (${reason}). Write ${REDIS_URL_FORMS}.`,
  );
}
