import { readFileSync } from 'node:fs';
import { type ConnectionOptions, parse, toClientConfig } from 'pg-connection-string';
import { GatewayError, summarize } from './errors.js';

const FORM = 'must be postgres://user:password@host:port/database, or with ?host=/folder for a socket';
const SCHEME = /^(postgres(ql)?|socket):/i;
const TLS_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
/** What the driver reads as `verify-full`, with a warning of its own that it will not do so for ever. */
const READ_AS_VERIFIED = /^(allow|prefer|require|verify-ca)$/;
const TLS_SWITCH: Readonly<Record<string, NonNullable<ConnectionOptions['ssl']>>> = {
  true: true,
  '1': true,
  false: false,
  '0': false,
  'no-verify': { rejectUnauthorized: false },
};
/** What of an address goes to the driver: it would take any parameter as an option of its own, functions included. */
const PASSED_ON = [
  'user',
  'password',
  'host',
  'port',
  'database',
  'ssl',
  'sslnegotiation',
  'application_name',
  'client_encoding',
  'options',
] as const;

/** Where the database is and how to get in, as the driver takes it. */
type DatabaseAddress = ReturnType<typeof toClientConfig>;

/**
 * Reads DATABASE_URL as the driver does: `postgres://…`, `postgresql://…`, `socket:/folder?db=…` or `/folder database`. Throws
 * `BAD_CONFIG` with what is wrong; never repeats the address, which may hold a password.
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const fault = faultOf(text);
  if (fault !== null) throw new GatewayError('BAD_CONFIG', fault);
  const query = queryOf(text);
  const read = toClientConfig(withTls(parseSafely(asDriverReadsIt(text, query)), query));
  const isKnown = ([name]: [string, unknown]) => PASSED_ON.some((known) => known === name);
  return Object.fromEntries(Object.entries(read).filter(isKnown));
}

/** What is to be told about an address that is taken for stricter than it is written; `null`: nothing. */
export function databaseUrlNote(text: string): string | null {
  const query = queryOf(text);
  const mode = query.get('sslmode') ?? '';
  if (!/^(allow|prefer)$/.test(mode) || isLibpq(query)) return null;
  return `sslmode=${mode} in DATABASE_URL is read as verify-full: the connection is encrypted and the certificate must be valid. Write sslmode=disable, no-verify or verify-full.`;
}

function faultOf(text: string): string | null {
  if (!SCHEME.test(text) && !text.startsWith('/')) return FORM;
  const bare = /%(?![0-9a-f]{2})/i.exec(text);
  if (bare) {
    return `has a % in its ${partAt(text, bare.index)} that is not followed by two hex digits: write it as %25`;
  }
  // In a password that is not escaped, these end the host, and the rest of the password is thrown away.
  if (text.includes('#') || /\?[^=]*@/.test(text)) {
    return 'has a # or ? where none can be: in a user or a password write # as %23 and ? as %3F';
  }
  return tlsFault(queryOf(text));
}

/** Which part of an address a place is in, for messages: none of it is repeated. */
function partAt(text: string, index: number): string {
  const query = text.indexOf('?');
  if (query >= 0 && index > query) {
    const name = /[?&]([a-z_]+)=[^&]*$/i.exec(text.slice(0, index))?.[1];
    return name === undefined ? 'parameters' : `parameter ${name}`;
  }
  const start = text.indexOf('//') + 2;
  const end = text.lastIndexOf('@', query < 0 ? undefined : query);
  if (index < end) return text.slice(start, index).includes(':') ? 'password' : 'user';
  return text.slice(Math.max(start, end), index).includes('/') ? 'database' : 'host';
}

function tlsFault(query: URLSearchParams): string | null {
  const mode = query.get('sslmode');
  if (mode !== null && !TLS_MODES.includes(mode)) {
    return `names an sslmode that is none of ${TLS_MODES.join(', ')}`;
  }
  const ssl = query.get('ssl');
  if (ssl !== null && !Object.hasOwn(TLS_SWITCH, ssl)) {
    return `names an ssl that is none of ${Object.keys(TLS_SWITCH).join(', ')}`;
  }
  if (mode === 'verify-ca' && isLibpq(query) && !query.has('sslrootcert')) {
    return 'has sslmode=verify-ca without sslrootcert: name the file of the authority, or write sslmode=verify-full';
  }
  return (
    ['sslrootcert', 'sslcert', 'sslkey'].map((name) => fileFault(name, query.get(name))).find(Boolean) ?? null
  );
}

function fileFault(name: string, file: string | null): string | null {
  if (!file || (name === 'sslrootcert' && file === 'system')) return null;
  try {
    readFileSync(file);
    return null;
  } catch (error) {
    return `names the ${name} ${file}, which cannot be read (${summarize(error).code})`;
  }
}

function isLibpq(query: URLSearchParams): boolean {
  return query.get('uselibpqcompat') === 'true';
}

function queryOf(text: string): URLSearchParams {
  const start = text.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : text.slice(start + 1));
}

/**
 * Said as the driver does it: it would write a warning to stderr, look for a file called `system`, and escape everything once more for
 * a space.
 */
function asDriverReadsIt(text: string, query: URLSearchParams): string {
  if (text.startsWith('/')) return text;
  const named = text
    .replaceAll(' ', '%20')
    .replace(/([?&])sslrootcert=system(?=&|$)/, '$1sslmode=verify-full');
  if (isLibpq(query) || !READ_AS_VERIFIED.test(query.get('sslmode') ?? '')) return named;
  return named.replace(/([?&]sslmode=)[^&]*/g, '$1verify-full');
}

function parseSafely(text: string): ConnectionOptions {
  let read: ConnectionOptions;
  try {
    read = parse(text);
  } catch {
    throw new GatewayError(
      'BAD_CONFIG',
      'cannot be read: in a user, a password or a folder that stands for the host write / as %2F, : as %3A and @ as %40',
    );
  }
  if (read.host?.includes(',')) {
    throw new GatewayError(
      'BAD_CONFIG',
      'names several hosts: name one, or the address that stands for all of them',
    );
  }
  if (read.port && !/^\d{1,5}$/.test(read.port))
    throw new GatewayError('BAD_CONFIG', 'names a port that is no number');
  return read;
}

function withTls(read: ConnectionOptions, query: URLSearchParams): ConnectionOptions {
  const ssl = typeof read.ssl === 'string' ? TLS_SWITCH[read.ssl] : read.ssl;
  const database = read.database ?? query.get('dbname');
  return { ...read, database, ...(ssl === undefined ? {} : { ssl }) };
}
