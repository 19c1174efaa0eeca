import type { VoiceActivityFactory } from '../audio/vad/voice-activity.js';
import type { DialResult, EndedCall, FinishedCall } from '../call-log/finished-call.js';
import type { Agents } from '../calls/agent-supervisor.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Customer } from '../customers/customer.js';
import type { RecordedStreams } from '../recordings/browser-recordings.js';
import type { LiveSessionStore } from '../sessions/fenced-session-writer.js';
import type { Shop } from '../shop/shop.js';
import type { StreamLedger } from '../stream-ledger/stream-ledger.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import type { EndedCallsOptions } from './ended-calls.js';
import type { Fleet } from './fleet.js';

export interface CallRegistryOptions extends EndedCallsOptions {
  readonly store: LiveSessionStore;
  readonly sessionTtlSeconds: number;
  readonly resumeWindowSeconds: number;
  /** See LiveSessionOptions. */
  readonly onStoreReady?: (listener: () => void) => () => void;
  /** See `LiveCalls`. */
  readonly onLiveChange: () => void;
}

/** What the phone line stands on, and its limits. */
export interface PhoneLineOptions extends Agents {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly store: LiveSessionStore;
  readonly onStoreReady?: (listener: () => void) => () => void;
  readonly ledger: StreamLedger;
  /** The gateways of the shop. */
  readonly fleet: Fleet;
  readonly callLog: {
    record(call: EndedCall): void;
    dialled(result: DialResult): void;
    get(callSid: string): Promise<FinishedCall | null>;
  };
  /** Finds the caller's speech, for agents that leave it to us. */
  readonly createDetector: VoiceActivityFactory;
  /** Bounded in time; never rejects. */
  readonly lookUp: (phone: string) => Promise<Customer | null>;
  readonly isAttested: (attestation: string | null) => boolean;
  /** Starts what the greeting will need; not waited for. */
  readonly prepare: (form: VoiceForm) => void;
  /** A call was given a stream; absent: nobody is told. */
  readonly onAdmitted?: ((callSid: string) => void) | undefined;
  readonly authToken: string | undefined;
  /** The shop that this call goes by. */
  readonly shopOf: (callSid: string) => Shop;
  /** Records streams; absent: none is recorded. */
  readonly recorder?: RecordedStreams | undefined;
  readonly maxCalls: number;
  /** The sessions are in this process: no other gateway can go on with a call. */
  readonly isAlone?: boolean;
  readonly sessionTtlSeconds: number;
  readonly resumeWindowSeconds: number;
  readonly stream: { readonly startTimeoutMs: number; readonly idleTimeoutMs: number };
}
