import type { Figures } from '../core/metrics.js';
import type { Session } from '../sessions/session.js';
import type { StreamOfCall } from '../stream-ledger/stream-ledger.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import type { CallEvent } from './call-watchers.js';

/** The places for calls that the processes of one gateway share (`MAX_CALLS`). What is told is not waited for. */
export interface CallPlaces {
  /** A place for a new call, which then counts as on its way; false when there is none. A call has one place. Never rejects. */
  admit(callSid: string): Promise<boolean>;
  /** A call that was given a place does not come. */
  notComing(callSid: string): void;
  /** A further stream of this call was invited, or one is open and has not started: it is on its way, whether there is room or not. */
  coming(callSid: string): void;
  /** The call's stream has started here: no other process has it any more. */
  started(stream: StreamOfCall): void;
  /** The call is live here no more. */
  left(callSid: string): void;
}

/**
 * The other processes of this gateway, as one of them knows them. What does not answer within 500 ms is left out. Nothing rejects.
 */
export interface Siblings extends CallPlaces {
  /** The number of this process; undefined: it is the only one. */
  readonly worker: number | undefined;
  /** Seals the tokens of streams where no auth token does, so that all processes can read them; undefined: it is the only one. */
  readonly tokenSecret: string | undefined;
  /** The gateway drains, and not this process alone. */
  readonly areLeaving: boolean;
  /** What they may ask of this process from now on. */
  join(self: Sibling): void;
  liveElsewhere(): Promise<readonly Session[]>;
  /** Returns the function that ends the watching. */
  watchElsewhere(watcher: (event: CallEvent) => void): () => void;
  /** The figures of all processes, added up; null where there is but one, or the others cannot be asked. */
  metricsText(): Promise<string | null>;
  /** What follows the stream that has ended, as the process answers that knows the call; null when none does. */
  nextElsewhere(form: VoiceForm, hop: number): Promise<string | null>;
  /** Ends a call that another process knows; false when none does. */
  finishElsewhere(callSid: string): Promise<boolean>;
}

/** One process, as its siblings see it. */
export interface Sibling {
  /** How many calls are live here or on their way here. */
  readonly load: number;
  readonly liveSessions: readonly Session[];
  figures(): Promise<Figures>;
  watch(watcher: (event: CallEvent) => void): () => void;
  /** Null: the call is not known here. */
  next(form: VoiceForm, hop: number): Promise<string | null>;
  /** False: as above. */
  finish(callSid: string): Promise<boolean>;
  /** Another process has a stream of this call. */
  movedOn(stream: StreamOfCall): void;
}

const nothing = () => undefined;

/** Of a gateway that is one process: it has every place that it counts itself. */
export const NO_SIBLINGS: Siblings = {
  worker: undefined,
  tokenSecret: undefined,
  areLeaving: false,
  join: nothing,
  admit: async () => true,
  notComing: nothing,
  coming: nothing,
  started: nothing,
  left: nothing,
  liveElsewhere: async () => [],
  watchElsewhere: () => nothing,
  metricsText: async () => null,
  nextElsewhere: async () => null,
  finishElsewhere: async () => false,
};
