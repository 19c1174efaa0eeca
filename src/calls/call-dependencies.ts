import type { VoiceActivityFactory } from '../audio/vad/voice-activity.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Customer } from '../customers/customer.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { StartMessage } from '../twilio/messages.js';
import type { StreamEnd } from '../twilio/stream-end.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { Ticker } from '../twilio/ticker.js';
import type { Agents } from './agent-supervisor.js';
import type { CarriedHistory, OpenedSession } from './carried-history.js';

/** How the session of a stream that has started was opened, or why not. */
export type Opening = OpenedSession | 'refused' | null;

/** A call as the registry knows it. */
export interface RegisteredCall {
  readonly claims: StreamClaims;
  /** Null before it is open. */
  readonly session: LiveSession | null;
  /** Null before the session is open. */
  readonly memory: CarriedHistory | null;
  /** This stream owns the call no more: it goes quiet at once and leaves the session alone. */
  supersede(reason: string): void;
  /** Closes the stream so that the call goes on elsewhere. */
  release(reason: string): void;
}

/** What a call needs of the house around it. */
export interface CallDependencies {
  readonly ticker: Ticker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly agents: Agents;
  readonly createDetector: VoiceActivityFactory;
  /** Watches this call's stream; undefined: nobody does. */
  readonly observer: StreamObserver | undefined;
  /** Bounded in time; never rejects. */
  lookUp(phone: string): Promise<Customer | null>;
  isAttested(attestation: string | null): boolean;
  /**
   * The session of this call: at once for a new call, after a look at the store for one that is picked up again; null when
   * the call is over or this stream no longer its newest; `refused` when it was opened before, here or at another gateway.
   */
  openSession(call: RegisteredCall, start: StartMessage): Opening | Promise<Opening>;
  /** The stream is gone; called once for a call that was opened. */
  onEnd(call: RegisteredCall, end: StreamEnd): void;
}
