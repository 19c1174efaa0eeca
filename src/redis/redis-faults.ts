import { GatewayError, summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { adviceFor, refusedCommand } from './redis-advice.js';

const QUIET_MS = 1_000;
const LONGEST_QUIET_MS = 60_000;

interface Recent {
  loggedAt: number;
  /** The next line waits so long: twice as long each time. */
  quietMs: number;
  suppressed: number;
}

/**
 * `timeout`: may have been applied. `connection`: not connected or lost. `database`: the database number was refused. `content`: what is
 * stored is not what we store. Else Redis' own error code, e.g. `OOM`.
 */
type FaultKind = 'timeout' | 'connection' | 'database' | 'content' | (string & {});

/** What says that the server is not there, or not itself; any other fault is the answer of a healthy one. */
const OUTAGES: ReadonlySet<FaultKind> = new Set([
  'timeout',
  'connection',
  'database',
  'LOADING',
  'MASTERDOWN',
  'BUSY',
  'CLUSTERDOWN',
  'TRYAGAIN',
]);

export function isOutage(kind: FaultKind): boolean {
  return OUTAGES.has(kind);
}

/**
 * Logs what goes wrong with Redis: one line for each reason, again after 1 s, 2 s and so on to a minute, saying how many were held back, one line when
 * the connection is back, and nothing but one line each at the beginning and the end of a time in which operations are skipped.
 * ioredis hangs the whole written value on its errors: none of it is logged.
 */
export class RedisFaults {
  readonly #logger: Logger;
  readonly #recent = new Map<string, Recent>();
  #lostAt: number | undefined;
  /** Which process the server is: new with each start of it. */
  #runId: string | undefined;
  #down: { readonly since: number; suppressed: number } | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(operation: string, error: unknown): void {
    const kind = faultKind(error);
    const now = performance.now();
    if (kind === 'connection') this.lost();
    if (this.#down !== undefined) {
      this.#down.suppressed += 1;
      return;
    }
    const reason = adviceFor(error);
    const recent = this.#recentOf(reason, now);
    if (now - recent.loggedAt < recent.quietMs) {
      recent.suppressed += 1;
      return;
    }
    const command = refusedCommand(error);
    const named = {
      operation,
      kind,
      ...(command === undefined ? {} : { command }),
      suppressed: recent.suppressed,
    };
    this.#logger.error({ ...named, ...detail(kind, error) }, sentence(kind, reason));
    const quietMs = Math.min(LONGEST_QUIET_MS, recent.quietMs * 2);
    Object.assign(recent, { loggedAt: now, quietMs, suppressed: 0 });
  }

  /** What has not been seen for longer than the longest pause is new. */
  #recentOf(reason: string, now: number): Recent {
    const known = this.#recent.get(reason);
    if (known !== undefined && now - known.loggedAt < 2 * LONGEST_QUIET_MS) return known;
    const recent = { loggedAt: Number.NEGATIVE_INFINITY, quietMs: QUIET_MS / 2, suppressed: 0 };
    this.#recent.set(reason, recent);
    return recent;
  }

  /** The connection is known to be lost from now on; {@link connected} ends that. */
  lost(): void {
    this.#lostAt ??= performance.now();
  }

  connected(): void {
    const lostAt = this.#lostAt;
    this.#lostAt = undefined;
    if (lostAt === undefined || this.#down !== undefined) return this.#logger.debug('Connected to Redis');
    const suppressed = [...this.#recent.values()].reduce((sum, recent) => sum + recent.suppressed, 0);
    this.#recent.clear();
    const downMs = Math.round(performance.now() - lostAt);
    this.#logger.info({ down_ms: downMs, suppressed }, 'The connection to Redis is back');
  }

  /** `info` is the text of `INFO server`. One line is logged when it is another server than before. */
  identified(info: string): void {
    const runId = /^run_id:(\w+)/m.exec(info)?.[1];
    const before = this.#runId;
    this.#runId = runId ?? before;
    if (before === undefined || before === this.#runId) return;
    this.#logger.warn(
      'Redis is another process than before and may hold old sessions or none: live ones are compared and written again',
    );
  }

  /** Operations are skipped from now on. */
  down(): void {
    this.#down = { since: performance.now(), suppressed: 0 };
    this.#logger.error('Redis does not answer: nothing is asked of it until it does; calls go on without it');
  }

  /** Something was skipped. */
  skipped(): void {
    if (this.#down !== undefined) this.#down.suppressed += 1;
  }

  up(): void {
    const { since, suppressed } = this.#down ?? { since: performance.now(), suppressed: 0 };
    this.#down = undefined;
    this.#recent.clear();
    this.#logger.info({ down_ms: Math.round(performance.now() - since), suppressed }, 'Redis answers again');
  }
}

export function faultKind(error: unknown): FaultKind {
  if (error instanceof GatewayError && error.code === 'DEADLINE') return 'timeout';
  if (error instanceof GatewayError && error.code === 'BAD_MESSAGE') return 'content';
  if (!(error instanceof Error)) return 'connection';
  if (error.message === 'Command timed out') return 'timeout';
  if (refusedCommand(error) === 'SELECT') return 'database';
  return error.name === 'ReplyError' ? replyCode(error.message) : 'connection';
}

function replyCode(message: string): string {
  return /^[A-Z]+(?= )/.exec(message)?.[0] ?? 'ERR';
}

/** What Redis writes after its code may repeat the arguments it was given, so only the code is kept. */
function detail(kind: FaultKind, error: unknown) {
  return ['connection', 'content', 'timeout'].includes(kind) ? { err: summarize(error) } : {};
}

function sentence(kind: FaultKind, reason: string): string {
  if (kind === 'timeout') return `${reason}: it is unknown whether the command took effect`;
  return kind === 'connection' ? `${reason}. Calls go on without it, and the connection is retried` : reason;
}
