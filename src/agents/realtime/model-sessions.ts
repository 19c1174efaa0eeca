import type { RealtimeConfig } from '../../agent-settings.js';
import type { Logger } from '../../core/logger.js';
import type { Metrics } from '../../core/metrics.js';
import type { ModelFault, ModelSession, ModelSetup, SessionObserver } from './model.js';
import { ModelBreaker } from './model-breaker.js';
import { RealtimeSession } from './realtime-session.js';

/** A call that Twilio announced and whose stream never came. */
const UNTAKEN_MS = 15_000;
/** So long a probe waits for an answer: no caller is to wait for longer. */
const PROBE_MS = 6000;
const PROBE_TEXT = 'This is a test of the line. Say yes.';

interface ModelSessionsOptions {
  readonly realtime: RealtimeConfig;
  /** What a session that begins now is set up with. */
  readonly setup: () => ModelSetup;
  /** At most so many connections wait for their streams. */
  readonly maxCalls: number;
  readonly metrics: Pick<Metrics, 'modelConnectSeconds' | 'modelErrors'>;
  readonly logger: Logger;
}

interface Prepared {
  readonly session: RealtimeSession;
  readonly timer: NodeJS.Timeout;
}

/** All sessions of one gateway's model: connected ahead of their calls, and not at all while the model is out of order. */
export class ModelSessions {
  readonly #options: ModelSessionsOptions;
  readonly #prepared = new Map<string, Prepared>();
  readonly #live = new Set<RealtimeSession>();
  readonly #breaker = new ModelBreaker();
  readonly #observer: SessionObserver;
  #probeTimer: NodeJS.Timeout | undefined;
  #probe: RealtimeSession | null = null;
  #isClosed = false;

  constructor(options: ModelSessionsOptions) {
    this.#options = options;
    this.#observer = {
      onReady: (ms) => options.metrics.modelConnectSeconds.observe(ms / 1000),
      onAnswered: () => this.#breaker.succeeded(performance.now()),
      onError: (code) => options.metrics.modelErrors.inc({ code }),
      onEnd: (fault) => this.#failed(fault),
    };
  }

  /** Whether new calls should begin with the model: false while it does not answer. */
  get isAvailable(): boolean {
    return !this.#breaker.isOpen && !this.#isClosed;
  }

  /** Connections: those that wait for their calls, that calls have, and that try the model out. */
  get live(): number {
    return this.#live.size;
  }

  /** A stream of this call will come soon: begins to connect. The second time it does nothing, and neither while the model does not answer. */
  prepare(callSid: string): void {
    if (!this.isAvailable || this.#prepared.has(callSid)) return;
    if (this.#prepared.size >= this.#options.maxCalls) return;
    const session = this.#connect(this.#observer);
    const timer = setTimeout(() => {
      this.#prepared.delete(callSid);
      session.close();
    }, UNTAKEN_MS);
    this.#prepared.set(callSid, { session, timer });
  }

  /** The session that was prepared for this call, or a new one; whoever takes it closes it. */
  open(callSid: string): ModelSession {
    return this.#take(callSid) ?? this.#connect(this.#observer);
  }

  /** Ends every connection. What calls still do with theirs does nothing. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#probeTimer);
    for (const { timer } of this.#prepared.values()) clearTimeout(timer);
    this.#prepared.clear();
    for (const session of [...this.#live]) session.close();
  }

  /** One that broke while it waited is no use to the call, unless the next would break alike. */
  #take(callSid: string): RealtimeSession | null {
    const prepared = this.#prepared.get(callSid);
    if (!prepared) return null;
    clearTimeout(prepared.timer);
    this.#prepared.delete(callSid);
    const { fault } = prepared.session;
    return fault === null || fault.fatal ? prepared.session : null;
  }

  #connect(observer: SessionObserver): RealtimeSession {
    const { realtime, setup } = this.#options;
    const session: RealtimeSession = new RealtimeSession({
      realtime,
      setup: setup(),
      observer: { ...observer, onGone: () => this.#live.delete(session) },
    });
    this.#live.add(session);
    if (this.#isClosed) session.close();
    return session;
  }

  #failed({ code, fatal }: ModelFault): void {
    // Sessions grow old: that is no fault of the model's.
    if (code === 'session_expired') return;
    if (!this.#breaker.failed(performance.now(), fatal)) return;
    this.#options.logger.warn(
      { code, fatal },
      fatal
        ? 'The voice model refuses this gateway (key, credit, address or model): new calls begin with the menu'
        : 'The voice model is out of order: new calls begin with the menu',
    );
    this.#probeLater();
  }

  #probeLater(): void {
    if (this.#isClosed) return;
    this.#probeTimer = setTimeout(() => this.#beginProbe(), this.#breaker.probeAfterMs);
    this.#probeTimer.unref();
  }

  // A server may open sessions and answer in none: it must say something.
  #beginProbe(): void {
    const probe = this.#connect({
      ...this.#observer,
      onReady: (ms) => {
        this.#observer.onReady(ms);
        this.#probeTimer = setTimeout(() => probe.close('unanswered'), PROBE_MS).unref();
      },
      onAnswered: () => this.#endProbe(true),
      onEnd: () => this.#endProbe(false),
    });
    this.#probe = probe;
    probe.send({ type: 'add_text', role: 'user', text: PROBE_TEXT });
    probe.send({ type: 'respond', tools: false });
  }

  #endProbe(answered: boolean): void {
    clearTimeout(this.#probeTimer);
    this.#probe?.close();
    this.#probe = null;
    if (!this.#breaker.probed(answered)) return this.#probeLater();
    this.#options.logger.info('The voice model answers again: new calls begin with it');
  }
}
