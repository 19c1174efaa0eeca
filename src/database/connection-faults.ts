import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { GatewayError, summarize } from '../core/errors.js';
import { hostAndPort } from '../core/host-and-port.js';
import { SqlError } from './sql-error.js';

/** Whom the gateway asks for its database, for sentences: never a password. */
interface Asked {
  readonly place: string;
  readonly user: string;
  readonly database: string;
}

type Sentence = (asked: Asked, message: string) => string;

const UNVERIFIED: Sentence = ({ place }, message) =>
  `The certificate of the database at ${place} cannot be verified (${message}). Give the certificate of its authority, as sslrootcert=FILE in DATABASE_URL or as NODE_EXTRA_CA_CERTS=FILE, or write sslmode=no-verify for encryption without proof of who answers.`;
const NO_ANSWER: Sentence = ({ place }) =>
  `The database at ${place} does not answer. Is the address in DATABASE_URL right, and does a firewall let this machine in?`;

/** By SQLSTATE, or by the code that Node gives. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  '28P01': ({ place, user }) =>
    `The database at ${place} refuses the password of the user ${user}. Check user and password in DATABASE_URL; write / ? # @ : % in them as %2F %3F %23 %40 %3A %25.`,
  '28000': ({ place, user }, message) =>
    /no encryption|SSL off|SSL required/i.test(message)
      ? `The database at ${place} takes no connection without TLS: add sslmode=require to DATABASE_URL (${message}).`
      : `The database at ${place} does not let the user ${user} in: check DATABASE_URL and the server's pg_hba.conf (${message}).`,
  '0A000': ({ place }, message) =>
    `The database at ${place} does not support what the gateway needs: if it is a standby, let DATABASE_URL lead to the primary (${message}).`,
  '3D000': ({ place, database }) =>
    `There is no database ${database} at ${place}: create it, or correct DATABASE_URL.`,
  '42501': ({ place, user }, message) =>
    `The user ${user} lacks a right in the database at ${place}: ${message}.`,
  '53300': ({ place }) =>
    `The database at ${place} has no connection left: raise its max_connections, or let DATABASE_URL lead to a pooler. A gateway takes up to 11.`,
  '57P03': ({ place }, message) =>
    `The database at ${place} is starting, or stops: it is tried again (${message}).`,
  '25006': ({ place }) =>
    `The database at ${place} can only be read. It is a standby, or was made read-only: let DATABASE_URL lead to the primary.`,
  ENOTFOUND: ({ place }) =>
    `The host of the database ${place} is unknown: check its name in DATABASE_URL, and the network.`,
  EAI_AGAIN: ({ place }) =>
    `The name of the host of the database ${place} cannot be looked up just now: check the network, and its name in DATABASE_URL.`,
  ECONNREFUSED: ({ place }) =>
    `Nothing listens at ${place}: does PostgreSQL run there, and is the address in DATABASE_URL right?`,
  ENOENT: ({ place }) =>
    `There is no socket of PostgreSQL at ${place}: check the folder in DATABASE_URL, and that it is there in this container.`,
  EACCES: ({ place }) => `This user may not use the socket of PostgreSQL at ${place}.`,
  ETIMEDOUT: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ place }, message) =>
    `The certificate of the database at ${place} is made out for another name (${message}). Write that name in DATABASE_URL.`,
};

/** By what the driver, or a pooler, says in words only. */
const BY_MESSAGE: readonly (readonly [RegExp, Sentence])[] = [
  [
    /does not support SSL/,
    ({ place }) =>
      `The database at ${place} offers no TLS: write sslmode=disable in DATABASE_URL if the way to it is private.`,
  ],
  [/certificate/i, UNVERIFIED],
  [
    /client password must be/,
    ({ place, user }) =>
      `The database at ${place} asks for a password of the user ${user}, and DATABASE_URL has none.`,
  ],
  [/timeout expired|connection timeout|timeout exceeded/, NO_ANSWER],
  [
    /startup parameter/,
    ({ place }, message) =>
      `The pooler at ${place} does not take a parameter of DATABASE_URL (${message}): remove it.`,
  ],
];

/** Why the database cannot be used, in a sentence with what to do about it. */
export function explain(error: unknown, connection: pg.ClientConfig): string {
  const cause = causeOf(error);
  const { message, code = cause instanceof SqlError ? cause.state : undefined } = summarize(cause);
  const asked = askedOf(connection);
  const isCertificate = /CERT|SIGNATURE|ISSUER/.test(code ?? '') && code !== 'ERR_TLS_CERT_ALTNAME_INVALID';
  if (isCertificate) return UNVERIFIED(asked, `${code}`);
  const byCode = BY_CODE[code ?? ''];
  if (byCode) return withCode(byCode(asked, message), code);
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
  if (byMessage) return withCode(byMessage(asked, message), code);
  return summarize(error).message;
}

function withCode(sentence: string, code: string | undefined): string {
  return code === undefined ? sentence : `${sentence} (${code})`;
}

// The driver's own error is inside of ours, and of drizzle's.
function causeOf(error: unknown): unknown {
  const isWrapped = error instanceof GatewayError || error instanceof DrizzleQueryError;
  return isWrapped && error.cause !== undefined ? causeOf(error.cause) : error;
}

// A client knows what the driver makes of what is missing; it connects only when it is told to.
function askedOf(connection: pg.ClientConfig): Asked {
  const { host, port, user = 'of this process', database = user } = new pg.Client(connection);
  return {
    place: host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : hostAndPort(host, port),
    user,
    database,
  };
}
