import type { AgentFactory } from '../agents/agent.js';
import type { VoiceActivityFactory } from '../audio/voice-activity.js';
import type { FinishedCall } from '../call-log/finished-call.js';
import type { Customer } from '../customers/customer.js';
import { withDeadline } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { withNotes } from '../recordings/noted-answers.js';
import type { StreamRecorder } from '../recordings/stream-recorder.js';
import type { LiveSessionStore } from '../sessions/session-slot.js';
import { MediaStream, type StreamSocket } from '../twilio/media-stream.js';
import type { StreamTap } from '../twilio/stream-tap.js';
import { type StreamClaims, StreamTokens } from '../twilio/stream-token.js';
import { Ticker } from '../twilio/ticker.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import { Call } from './call.js';
import { CallRegistry } from './call-registry.js';
import { IncomingCall } from './incoming-call.js';
import { SessionNotes } from './session-notes.js';
import { StreamInvitations } from './stream-invitations.js';
import { WhatNext } from './what-next.js';

/** How often the shared ticker looks what audio is due. */
const TICK_MS = 20;
/** A webhook waits no longer than that to learn whether a call is over already. */
const RECORDED_DEADLINE_MS = 200;

export interface PhoneLineOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly store: LiveSessionStore;
  readonly onStoreReady?: (listener: () => void) => () => void;
  readonly callLog: { record(call: FinishedCall): void; get(callSid: string): Promise<FinishedCall | null> };
  readonly createAgent: AgentFactory;
  /** Finds the caller's speech, for agents that leave it to us. */
  readonly createDetector: VoiceActivityFactory;
  /** Bounded in time; never rejects. */
  readonly lookUp: (phone: string) => Promise<Customer | null>;
  readonly isAttested: (attestation: string | null) => boolean;
  /** Starts what the greeting will need; not waited for. */
  readonly prepare: (form: VoiceForm) => void;
  readonly authToken: string | undefined;
  readonly transferNumber: string | undefined;
  /** Records every stream; absent: none is recorded. */
  readonly recorder?: Pick<StreamRecorder, 'open' | 'finished'> | undefined;
  readonly maxCalls: number;
  readonly sessionTtlSeconds: number;
  readonly resumeWindowSeconds: number;
  readonly stream: { readonly startTimeoutMs: number; readonly idleTimeoutMs: number };
}

/** The shop's phone line on this gateway: what its webhooks answer and the calls on it. */
export class PhoneLine {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly incoming: IncomingCall;
  readonly whatNext: WhatNext;
  phase: 'starting' | 'serving' | 'draining' = 'starting';
  /** The origin Twilio sees; known once the gateway listens. */
  origin = '';
  readonly #options: PhoneLineOptions;
  readonly #ticker: Ticker;
  readonly #notes: SessionNotes | null;

  constructor(options: PhoneLineOptions) {
    const { authToken, stream, callLog, logger } = options;
    this.#options = options;
    this.#ticker = new Ticker(TICK_MS, (error) =>
      logger.error({ err: error }, 'A call failed to send its audio'),
    );
    const record = (call: FinishedCall) => {
      options.recorder?.finished(call);
      callLog.record(call);
    };
    this.registry = new CallRegistry({ ...options, record });
    this.#notes = options.recorder ? new SessionNotes(this.registry) : null;
    const tokens = new StreamTokens(authToken);
    const origin = () => this.origin;
    this.invitations = new StreamInvitations({ tokens, origin, startTimeoutMs: stream.startTimeoutMs });
    const shared = {
      ...options,
      origin,
      registry: this.registry,
      invitations: this.invitations,
      isDraining: () => this.phase === 'draining',
      isRecorded: (callSid: string) => this.#isRecorded(callSid),
    };
    this.incoming = new IncomingCall(shared);
    this.whatNext = new WhatNext(shared);
  }

  /** A stream that passed every check of its upgrade becomes a call, or a call that goes on. */
  accept(socket: StreamSocket, claims: StreamClaims): void {
    const { logger, metrics, stream, createAgent, createDetector, isAttested } = this.#options;
    const tap = this.#tapOf(claims);
    const { lookUp } = tap ? withNotes({ lookUp: this.#options.lookUp }, tap) : this.#options;
    const surroundings = {
      logger,
      metrics,
      createAgent,
      createDetector,
      lookUp,
      isAttested,
      tap,
      ticker: this.#ticker,
      openSession: this.registry.open.bind(this.registry),
      onEnd: this.registry.onEnd.bind(this.registry),
    };
    new Call(
      claims,
      surroundings,
      (call) => new MediaStream(socket, { ...stream, tap, logger, metrics }, call),
    );
  }

  #tapOf(claims: StreamClaims): StreamTap | undefined {
    const twiml = this.invitations.latest(claims.callSid)?.twiml ?? null;
    const tap = this.#options.recorder?.open({ ...claims, twiml });
    return tap && this.#notes?.keep(claims.callSid, tap);
  }

  #isRecorded(callSid: string): Promise<boolean> {
    const row = this.#options.callLog.get(callSid);
    return withDeadline(row, RECORDED_DEADLINE_MS, 'Reading the call log').then(Boolean, () => false);
  }
}
