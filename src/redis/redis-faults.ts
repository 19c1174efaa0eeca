import { GatewayError, summarize } from '../errors.js';
import type { Logger } from '../logger.js';

const QUIET_MS = 1_000;

interface Recent {
  loggedAt: number;
  heldBack: number;
}

/**
 * `timeout`: may have been applied. `connection`: not connected or lost. `content`: what is stored is not what
 * we store. Else Redis' own error code, e.g. `OOM`.
 */
export type FaultKind = 'timeout' | 'connection' | 'content' | (string & {});

/** What says that the server is not there, or not itself; any other fault is the answer of a healthy one. */
const OUTAGES: ReadonlySet<FaultKind> = new Set([
  'timeout',
  'connection',
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
 * Logs what goes wrong with Redis: at most one line a second per kind of fault, saying how many were held back, one line when
 * the connection is back, and nothing but one line each at the beginning and the end of a time in which operations are skipped.
 * ioredis hangs the whole written value on its errors: none of it is logged.
 */
export class RedisFaults {
  readonly #logger: Logger;
  readonly #recent = new Map<FaultKind, Recent>();
  #lostAt: number | undefined;
  #down: { readonly since: number; heldBack: number } | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(operation: string, error: unknown): void {
    const kind = faultKind(error);
    const now = performance.now();
    if (kind === 'connection') this.lost();
    if (this.#down !== undefined) {
      this.#down.heldBack += 1;
      return;
    }
    const recent = this.#recent.get(kind) ?? { loggedAt: Number.NEGATIVE_INFINITY, heldBack: 0 };
    this.#recent.set(kind, recent);
    if (now - recent.loggedAt < QUIET_MS) {
      recent.heldBack += 1;
      return;
    }
    this.#logger.error(
      { operation, kind, heldBack: recent.heldBack, ...detail(kind, error) },
      sentence(kind),
    );
    Object.assign(recent, { loggedAt: now, heldBack: 0 });
  }

  /** The connection is known to be lost from now on; {@link connected} ends that. */
  lost(): void {
    this.#lostAt ??= performance.now();
  }

  connected(): void {
    const lostAt = this.#lostAt;
    this.#lostAt = undefined;
    if (lostAt === undefined || this.#down !== undefined) return this.#logger.debug('Connected to Redis');
    const heldBack = this.#recent.get('connection')?.heldBack ?? 0;
    this.#recent.clear();
    const downMs = Math.round(performance.now() - lostAt);
    this.#logger.info({ downMs, heldBack }, 'The connection to Redis is back');
  }

  /** Operations are skipped from now on. */
  down(): void {
    this.#down = { since: performance.now(), heldBack: 0 };
    this.#logger.error('Redis does not answer: nothing is asked of it until it does; calls go on without it');
  }

  /** Something was skipped. */
  skipped(): void {
    if (this.#down !== undefined) this.#down.heldBack += 1;
  }

  up(): void {
    const { since, heldBack } = this.#down ?? { since: performance.now(), heldBack: 0 };
    this.#down = undefined;
    this.#recent.clear();
    this.#logger.info({ downMs: Math.round(performance.now() - since), heldBack }, 'Redis answers again');
  }
}

export function faultKind(error: unknown): FaultKind {
  if (error instanceof GatewayError && error.code === 'DEADLINE') return 'timeout';
  if (error instanceof GatewayError && error.code === 'BAD_MESSAGE') return 'content';
  if (!(error instanceof Error)) return 'connection';
  if (error.message === 'Command timed out') return 'timeout';
  return error.name === 'ReplyError' ? replyCode(error.message) : 'connection';
}

function replyCode(message: string): string {
  return /^[A-Z]+(?= )/.exec(message)?.[0] ?? 'ERR';
}

/** What Redis writes after its code may repeat the arguments it was given, so only the code is kept. */
function detail(kind: FaultKind, error: unknown) {
  return ['connection', 'content', 'timeout'].includes(kind) ? { err: summarize(error) } : {};
}

function sentence(kind: FaultKind): string {
  if (kind === 'timeout')
    return 'Redis did not answer in time: it is unknown whether the command took effect';
  if (kind === 'connection')
    return 'Redis is not reachable; calls go on without it and the connection is retried';
  if (kind === 'content')
    return 'What is stored in Redis under this key is not what this gateway stores there';
  return `Redis refused a command with ${kind}`;
}
