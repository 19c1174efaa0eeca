import { CircuitBreaker } from './circuit-breaker.js';
import { faultKind, isOutage } from './redis-faults.js';

export interface AvailabilityOptions {
  /** Asks the server something that costs nothing; settles within the command timeout. */
  readonly probe: () => Promise<unknown>;
  readonly onDown: () => void;
  readonly onUp: () => void;
}

/** A new connection should be there by then. */
const LEAVING_MS = 1_000;

/**
 * Whether operations are worth sending, told by how those before went: a circuit breaker with its probes. Only what says that
 * the server is not there counts as a failure; a refusal is an answer.
 */
export class Availability {
  readonly #options: AvailabilityOptions;
  readonly #breaker = new CircuitBreaker();
  #leftAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return !this.#breaker.isOpen;
  }

  succeeded(startedAt: number, now: number): void {
    this.#breaker.succeeded(startedAt, now);
  }

  failed(error: unknown, startedAt: number): void {
    if (this.#closed) return;
    const now = performance.now();
    const kind = faultKind(error);
    if (!isOutage(kind)) return this.#breaker.succeeded(startedAt, now);
    if (kind === 'connection' && now - this.#leftAt < LEAVING_MS) return;
    if (!this.#breaker.failed(startedAt, now)) return;
    this.#options.onDown();
    this.#probeWhenDue();
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
