import { GatewayError } from '../core/errors.js';
import { CHANNEL_PATTERNS, KEY_PATTERNS } from './redis-keys.js';

const COMMANDS =
  '+eval +evalsha +get +set +del +exists +expire +pexpire +hset +hdel +hscan +sadd +srem +smembers +publish +subscribe +unsubscribe';

/** What a gateway uses of Redis: the rights that its user needs, as ACL SETUSER takes them. Redis knows channels (`&`) from 6.2 on. */
export const RIGHTS = [
  ...KEY_PATTERNS.map((pattern) => `~${pattern}`),
  ...CHANNEL_PATTERNS.map((pattern) => `&${pattern}`),
  COMMANDS,
].join(' ');

/** A refusal of the storage check, with what was refused. */
export class StorageRefusal extends Error {
  readonly command: { readonly name: string };
  readonly keys: string;

  /** `message` is Redis' own, `command` what it was said to, `keys` the pattern of the key. */
  constructor(message: string, command: string, keys: string) {
    super(message);
    this.name = 'ReplyError';
    this.command = { name: command };
    this.keys = keys;
  }
}

interface Refused {
  /** In capitals. */
  readonly command: string;
  /** The pattern of its keys, where that is known. */
  readonly keys: string | undefined;
}

type Advice = string | ((refused: Refused, match: RegExpExecArray) => string);

const SETUSER = 'give it the rights with ACL SETUSER';

/** The first that matches tells; of the text itself nothing is repeated but the name of a command. */
const REFUSALS: readonly [pattern: RegExp, advice: Advice][] = [
  [
    /^NOPERM .*run the '([\w-]+)[^']*' command|^NOPERM .*run the ([\w-]+) command/i,
    (_, [, one, other]) => mayNot((one ?? other ?? '').toUpperCase()),
  ],
  [/^NOPERM .*channel/i, `NOPERM: the Redis user may not use a channel: ${SETUSER} (${RIGHTS})`],
  [
    /^NOPERM .*key|script can't access/i,
    ({ command, keys }) =>
      `NOPERM: the Redis user may not use the keys ${keys ?? `of ${command}`}: ${SETUSER} (${keys === undefined ? RIGHTS : `~${keys}`})`,
  ],
  [
    /^NOPERM|script can't run/i,
    ({ command, keys }) =>
      keys === undefined
        ? `NOPERM: the Redis user may not run a command in a script: ${SETUSER} (${RIGHTS})`
        : mayNot(command),
  ],
  [
    /^WRONGPASS|invalid (username-)?password/i,
    'WRONGPASS: Redis refuses the user or password in REDIS_URL; write redis://user:password@host, or redis://:password@host without a user',
  ],
  [
    /^NOAUTH/,
    'NOAUTH: Redis wants a password: write it into REDIS_URL as redis://:password@host, or redis://user:password@host',
  ],
  [
    /DB index is out of range|invalid DB index/i,
    'Redis does not have the database number in REDIS_URL, and no other is used: give a lower number, or raise `databases` in redis.conf',
  ],
  [
    /SELECT is not allowed in cluster/i,
    'A Redis Cluster has only database 0: leave the number out of REDIS_URL',
  ],
  [
    /^(MOVED|ASK) /,
    (_, [, code]) =>
      `${code}: this Redis is one node of a Cluster: list its nodes in REDIS_URL, comma-separated (redis://a:6379,redis://b:6379)`,
  ],
  [
    /cluster support disabled/i,
    'REDIS_URL lists the nodes of a Cluster, and this Redis is none (cluster support disabled): write one redis:// address',
  ],
  [
    /^CROSSSLOT/,
    'CROSSSLOT: this Redis spreads its keys like a Cluster: list its nodes in REDIS_URL, comma-separated',
  ],
  [
    /^CLUSTERDOWN/,
    'CLUSTERDOWN: the Redis Cluster does not serve all slots: look at CLUSTER INFO on its nodes',
  ],
  [/^TRYAGAIN/, 'TRYAGAIN: the Redis Cluster is moving these keys to another node'],
  [
    /READONLY/,
    'READONLY: this Redis is a replica and takes no writes: put the address of its master into REDIS_URL, or redis+sentinel://',
  ],
  [
    /^OOM|> 'maxmemory'/,
    'OOM: Redis is full: raise `maxmemory`, or let it evict (`maxmemory-policy volatile-ttl`)',
  ],
  [/^LOADING/, 'LOADING: Redis is loading its data from disk: it answers when that is done'],
  [
    /^MASTERDOWN/,
    'MASTERDOWN: this Redis is a replica that has lost its master: put the address of the master into REDIS_URL',
  ],
  [
    /MISCONF/,
    'MISCONF: Redis takes no writes because it cannot save to its disk: see its log, make room or mend its rights (`stop-writes-on-bgsave-error`)',
  ],
  [/^NOREPLICAS/, 'NOREPLICAS: Redis takes no writes without enough replicas (`min-replicas-to-write`)'],
  [/^BUSY/, 'BUSY: Redis is busy with a script of somebody: SCRIPT KILL ends it'],
  [
    /^DENIED/,
    'DENIED: Redis is in protected mode and answers its own machine only: set a password (`requirepass`) or `protected-mode no`',
  ],
  [
    /max number of clients/i,
    'Redis has no connection left (max number of clients reached): raise `maxclients`, or close what is not used',
  ],
  [
    /unknown command/i,
    ({ command }) =>
      `Redis does not know ${command}: it was renamed or switched off there (\`rename-command\`), and the gateway needs it`,
  ],
  [
    /^WRONGTYPE/,
    ({ command, keys }) =>
      `WRONGTYPE: somebody keeps something else under ${keys ?? `a key that ${command} uses`}: give the gateway a database of its own`,
  ],
  [/^NOSCRIPT/, 'NOSCRIPT: Redis has lost a script; it is sent again with the next write'],
];

/** By error code or, where there is none, by the text of the error. */
const CONNECTION_FAULTS: readonly [pattern: RegExp, reason: string][] = [
  [
    /sentinel/i,
    'no Sentinel names its master: look at the addresses of the Sentinels and the name of the master in REDIS_URL',
  ],
  [
    /ECONNREFUSED/,
    'connection refused (ECONNREFUSED): look at host and port in REDIS_URL, and whether Redis runs',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not found (ENOTFOUND): look at the host in REDIS_URL'],
  [/EHOSTUNREACH|ENETUNREACH/, 'no way leads to its address (EHOSTUNREACH): look at network and firewall'],
  [
    /EPROTO|ERR_SSL|wrong version number|packet length too long/,
    'TLS fails (EPROTO): write redis:// for a port without TLS; for one with it, its version or certificate does not suit',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    'its certificate is not trusted for this name: give the authority in NODE_EXTRA_CA_CERTS',
  ],
  [
    /Protocol error/,
    'what answers there does not speak its protocol: write rediss:// for a port with TLS, and look at the port in REDIS_URL',
  ],
  [
    /ETIMEDOUT/,
    'no connection in time (ETIMEDOUT): look at host, port and firewall, and at rediss:// for a port without TLS',
  ],
  [
    /ECONNRESET|EPIPE|Connection is closed|socket disconnected/,
    'the connection was closed (ECONNRESET): Redis ended, or the port wants TLS (rediss://)',
  ],
];

/** One sentence for whoever runs the gateway: what is wrong with Redis, and the setting that would help. It holds no secret, no key, no value. */
export function adviceFor(error: unknown): string {
  if (error instanceof GatewayError && error.code === 'DEADLINE') return 'Redis did not answer in time';
  if (error instanceof GatewayError && error.code === 'BAD_MESSAGE')
    return 'What is stored in Redis under this key is not what this gateway stores there';
  const cause = causeOf(error);
  if (cause !== undefined) return adviceFor(cause);
  const text = error instanceof Error ? innermost(error.message) : '';
  return refusal(text, error) ?? `Redis is not reachable: ${unreachable(error)}`;
}

/** The command that an error of Redis was the answer to, in capitals. */
export function refusedCommand(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('command' in error)) return undefined;
  const { command } = error;
  const isNamed = typeof command === 'object' && command !== null && 'name' in command;
  return isNamed ? String(command.name).toUpperCase() : undefined;
}

function refusal(text: string, error: unknown): string | undefined {
  const command = refusedCommand(error) ?? 'a command';
  const keys = error instanceof StorageRefusal ? error.keys : undefined;
  for (const [pattern, advice] of REFUSALS) {
    const match = pattern.exec(text);
    if (match !== null) return typeof advice === 'string' ? advice : advice({ command, keys }, match);
  }
  const code = /^[A-Z]+(?= )/.exec(text)?.[0] ?? 'ERR';
  return error instanceof Error && error.name === 'ReplyError'
    ? `Redis refuses ${command} with ${code}`
    : undefined;
}

function unreachable(error: unknown): string {
  if (!(error instanceof Error)) return 'there is no connection';
  const text = 'code' in error ? `${error.code} ${error.message}` : error.message;
  return CONNECTION_FAULTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'there is no connection';
}

/** A Cluster and Sentinels hide why each node failed behind an error of their own. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if (error.cause !== undefined) return error.cause;
  return 'lastNodeError' in error ? (error.lastNodeError ?? undefined) : undefined;
}

function innermost(message: string): string {
  return /Last error: (.*)$/s.exec(message)?.[1] ?? message;
}

function mayNot(command: string): string {
  return `NOPERM: the Redis user may not run ${command}: ${SETUSER} (+${command.toLowerCase()})`;
}
