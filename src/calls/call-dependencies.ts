import type { VoiceActivityFactory } from '../audio/vad/voice-activity.js';
import type { Logger } from '../core/logger.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import type { Metrics } from '../core/metrics.js';
import type { Customer } from '../customers/customer.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Intervention } from '../sessions/session.js';
import type { StreamOfCall } from '../stream-ledger/stream-ledger.js';
import type { MediaStream } from '../twilio/media-stream.js';
import type { StartMessage } from '../twilio/messages.js';
import type { PlayoutClock } from '../twilio/playout-clock.js';
import type { StreamEnd, StreamObserver } from '../twilio/stream-observer.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { Ticker } from '../twilio/ticker.js';
import type { SpeakingPace } from '../twilio/word-places.js';
import type { Agents } from './agent-supervisor.js';

export interface OpenedSession {
  readonly session: LiveSession;
  /** The call had a stream before. */
  readonly resumed: boolean;
}

/** A frame or a key that came before the session was open. */
export type EarlyMessage =
  | { readonly audio: Buffer; readonly timestampMs: number }
  | { readonly digit: string };

/** The stream that a call goes on with. */
export interface StartedStream {
  readonly stream: MediaStream;
  /** Knows the stream's time since its start. */
  readonly clock: PlayoutClock;
  /** When its start came (monotonic ms). */
  readonly startedAt: number;
}

/** A call as the registry knows it, from the start of its stream on. */
export interface RegisteredCall {
  readonly claims: StreamClaims;
  /** Null while it is pending. */
  readonly session: LiveSession | null;
  /** What of the agent's words that are playing has been played by now. */
  readonly wordsNow: () => string;
  /** This stream owns the call no more: it goes quiet at once and leaves the session alone. */
  supersede(reason: string): void;
  /** The agent falls silent, and the stream is closed once the session is stored. False: the call is not live, or somebody was first. */
  yield(intervention: Intervention): boolean;
  /** Closes the stream so that the call goes on elsewhere. */
  release(reason: string): void;
}

/** The calls of this gateway, as far as one call needs them. */
export interface Registry {
  /**
   * The session of this call: at once for a new call, after a look at the store for one that is picked up again; null when
   * the call is over, goes on elsewhere, or this stream is no longer its newest.
   */
  open(call: RegisteredCall, start: StartMessage): MaybePromise<OpenedSession | null>;
  /** The pending call has become a live one. */
  onLive(pending: RegisteredCall, live: RegisteredCall): void;
  /** The stream is gone; called once for a call whose stream has started. */
  onEnd(call: RegisteredCall, end: StreamEnd): void;
}

/** What a call needs of what is around it. */
export interface CallDependencies {
  readonly ticker: Ticker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly agents: Agents;
  /** Somebody can be dialled. */
  readonly hasPerson: boolean;
  /** How fast the voice of the agents' model speaks, as all calls have heard it so far. */
  readonly pace: SpeakingPace;
  readonly createDetector: VoiceActivityFactory;
  /** Watches this call's stream; undefined: nobody does. */
  readonly observer: StreamObserver | undefined;
  readonly registry: Registry;
  readonly invitations: {
    /** Whether this stream was opened before at no gateway; never rejects. */
    claim(stream: StreamOfCall): MaybePromise<boolean>;
    started(stream: StreamOfCall): void;
  };
  /** Bounded in time; never rejects. */
  lookUp(phone: string): Promise<Customer | null>;
  isAttested(attestation: string | null): boolean;
}
