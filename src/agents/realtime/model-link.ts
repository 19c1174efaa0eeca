import type { AgentFault, CallControl } from '../agent.js';
import type { ModelEvent, ModelFault, ModelRequest, ModelSession } from './model.js';

/** A server ends a session at 60 minutes: a new one takes over before, as soon as nobody speaks. */
const RENEW_MS = 50 * 60_000;
/** Then it takes over at any price. */
const LATEST_MS = 58 * 60_000;
const LOOK_MS = 500;
/** A renewal that failed is tried again. */
const AGAIN_MS = 60_000;
/** So much longer than its time a call talks with the model if it never pauses. */
const GRACE_MS = 60_000;

export interface ModelLinkOptions {
  readonly control: Pick<CallControl, 'setTimer' | 'inBackground' | 'audioMayWait'>;
  /** The model is gone, or tells what makes no sense. */
  readonly onFault: (fault: AgentFault, error?: unknown) => void;
  readonly open: () => ModelSession;
  /** So long the call may still talk with the model. */
  readonly leftMs: number;
  /** What a session must know that takes over from another; never rejects. */
  readonly seed: () => Promise<readonly ModelRequest[]>;
  /** Another session has taken over. */
  readonly onRenewed: () => void;
  /** Nobody speaks and nothing is awaited: a session can take over without a sound. */
  readonly isQuiet: () => boolean;
  /** The call has talked with the model for as long as it may: tells the caller, and settles when they have heard it. */
  readonly onSpent: () => Promise<unknown>;
  readonly onEvent: (event: ModelEvent) => void;
}

/** The model sessions of one agent, one after the other: a new one takes over before the server ends the one before. */
export class ModelLink {
  readonly #options: ModelLinkOptions;
  #session: ModelSession;
  #next: ModelSession | null = null;
  #isNextReady = false;
  #openedAt = performance.now();
  readonly #spentAt: number;
  #timer: NodeJS.Timeout;

  constructor(options: ModelLinkOptions) {
    this.#options = options;
    this.#session = options.open();
    this.#spentAt = this.#openedAt + options.leftMs;
    this.#timer = this.#lookAfter(RENEW_MS);
  }

  /** From now on events are told. */
  listen(): void {
    this.#session.listen({
      onReady: () => {},
      onBatch: (nextMs) => this.#options.control.audioMayWait(nextMs),
      onEvent: (event) => this.#told(event),
      onEnd: (fault) => this.#options.onFault(faultOf(fault)),
    });
  }

  pushAudio(frame: Buffer): void {
    this.#session.pushAudio(frame);
  }

  send(request: ModelRequest): string {
    return this.#session.send(request);
  }

  /** Sends all of it, in order. */
  tell(requests: readonly ModelRequest[]): void {
    for (const request of requests) this.send(request);
  }

  /** `unanswered`: the caller has waited for the model in vain. */
  close(why?: 'unanswered'): void {
    clearTimeout(this.#timer);
    this.#next?.close();
    this.#next = null;
    this.#session.close(why);
  }

  // What a model tells may be something at which the agent throws.
  #told(event: ModelEvent): void {
    const { onEvent, onFault } = this.#options;
    try {
      onEvent(event);
    } catch (error) {
      onFault('garbage', error);
    }
  }

  #lookAfter(ms: number): NodeJS.Timeout {
    const leftMs = Math.max(LOOK_MS, this.#spentAt - performance.now());
    return this.#options.control.setTimer(() => this.#look(), Math.min(ms, leftMs)).unref();
  }

  #look(): void {
    const overMs = performance.now() - this.#spentAt;
    const { control, isQuiet } = this.#options;
    if (overMs < 0) return this.#renew();
    if (overMs >= GRACE_MS || isQuiet()) control.inBackground(this.#spent());
    else this.#timer = this.#lookAfter(LOOK_MS);
  }

  async #spent(): Promise<void> {
    const { onSpent, onFault } = this.#options;
    await onSpent();
    onFault('spent');
  }

  #renew(): void {
    const { control, isQuiet, onFault } = this.#options;
    if (performance.now() - this.#openedAt >= LATEST_MS) return onFault('expired');
    this.#timer = this.#lookAfter(LOOK_MS);
    if (!this.#next) this.#prepare();
    else if (this.#isNextReady && isQuiet()) control.inBackground(this.#takeOver(this.#next));
  }

  #prepare(): void {
    const next = this.#options.open();
    this.#next = next;
    this.#isNextReady = false;
    next.listen({
      onReady: () => {
        this.#isNextReady = true;
      },
      onBatch: (nextMs) => this.#options.control.audioMayWait(nextMs),
      onEvent: (event) => {
        if (this.#session === next) this.#told(event);
      },
      onEnd: (fault) => {
        if (this.#session === next) return this.#options.onFault(faultOf(fault));
        this.#next = null;
        clearTimeout(this.#timer);
        this.#timer = this.#lookAfter(AGAIN_MS);
      },
    });
  }

  async #takeOver(next: ModelSession): Promise<void> {
    const seed = await this.#options.seed();
    if (this.#next !== next || !this.#options.isQuiet()) return;
    this.#session.close();
    this.#session = next;
    this.#next = null;
    this.#openedAt = performance.now();
    clearTimeout(this.#timer);
    this.#timer = this.#lookAfter(RENEW_MS);
    this.tell(seed);
    this.#options.onRenewed();
  }
}

function faultOf({ code, fatal }: ModelFault): AgentFault {
  if (fatal) return 'refused';
  if (code === 'session_expired') return 'expired';
  return code === 'garbage' ? 'garbage' : 'lost';
}
