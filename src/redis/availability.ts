import { EventLoopWatch } from '../core/event-loop-watch.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { faultKind, isOutage } from './redis-faults.js';

interface AvailabilityOptions {
  /** Asks the server something that costs nothing; settles within the command timeout. */
  readonly probe: () => Promise<unknown>;
  readonly onDown: () => void;
  readonly onUp: () => void;
}

/** So long a server is excused by the lateness of this process after the first failure; one that is always late would never miss it else. */
const EXCUSED_MS = 250;
/** A new connection should be there by then. */
const LEAVING_MS = 1_000;

/**
 * Whether operations are worth sending, told by how those before went: a circuit breaker with its probes. Only what says that
 * the server is not there counts as a failure; a refusal is an answer.
 */
export class Availability {
  readonly #options: AvailabilityOptions;
  readonly #breaker = new CircuitBreaker();
  readonly #loop = new EventLoopWatch();
  #answeredAt = 0;
  #excusedSince = 0;
  #leftAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return !this.#breaker.isOpen;
  }

  /** From now on lateness of this process is noticed. */
  watch(): void {
    this.#loop.start();
  }

  succeeded(startedAt: number, now: number): void {
    this.#answeredAt = now;
    this.#breaker.succeeded(startedAt, now);
  }

  /** False when it says nothing of the server. */
  failed(error: unknown, startedAt: number): boolean {
    const now = performance.now();
    if (this.#closed || this.#isExcused(startedAt, now)) return false;
    const kind = faultKind(error);
    if (kind === 'connection' && now - this.#leftAt < LEAVING_MS) return false;
    if (!isOutage(kind)) this.#breaker.succeeded(startedAt, now);
    else if (this.#breaker.failed(startedAt, now)) {
      this.#options.onDown();
      this.#probeWhenDue();
    }
    return true;
  }

  /** Timers run before sockets are read: what was late may be this process, and the answer be there already. */
  #isExcused(startedAt: number, now: number): boolean {
    if (!this.#loop.blockedSince(startedAt)) return false;
    if (this.#excusedSince <= this.#answeredAt) this.#excusedSince = now;
    return now - this.#excusedSince < EXCUSED_MS;
  }

  /** It is we who gave the connection up, for another server: what was under way fails, and says nothing. */
  left(): void {
    this.#leftAt = performance.now();
  }

  /** A new connection is usable. */
  reconnected(): void {
    if (this.#breaker.reconnected(performance.now())) this.#up();
  }

  close(): void {
    this.#closed = true;
    this.#loop.stop();
    clearTimeout(this.#timer);
  }

  #probeWhenDue(): void {
    const { probeAt } = this.#breaker;
    if (probeAt === undefined || this.#closed) return;
    const wait = Math.max(1, Math.ceil(probeAt - performance.now()));
    this.#timer = setTimeout(() => void this.#probe(), wait).unref();
  }

  async #probe(): Promise<void> {
    if (!this.#breaker.beginProbe(performance.now())) return this.#probeWhenDue();
    const answered = await this.#options.probe().then(
      () => true,
      (error: unknown) => !isOutage(faultKind(error)),
    );
    if (this.#closed) return;
    if (this.#breaker.endProbe(answered, performance.now())) this.#up();
    this.#probeWhenDue();
  }

  #up(): void {
    clearTimeout(this.#timer);
    this.#options.onUp();
  }
}
