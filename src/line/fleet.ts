import type { Intervention, Session } from '../sessions/session.js';

/** A change of a live call. */
export type CallChange =
  | { readonly type: 'session'; readonly session: Session }
  | { readonly type: 'ended'; readonly callSid: string };

/** What whoever watches is told (`/api/live`). */
export type CallEvent = CallChange | ({ readonly type: 'words' } & WordsNow);

/** What the agent of a call is saying, as far as it has been played: of it nothing is in the history yet. */
export interface WordsNow {
  readonly callSid: string;
  readonly text: string;
  /** How many turns of the agent the history had. With more, the words are part of it. */
  readonly turns: number;
}

/** `isFirst`: nothing was told of this call before. */
export type CallWatcher = (event: CallEvent, isFirst: boolean) => void;

export interface LiveList {
  readonly sessions: readonly Session[];
  /** The calls of other gateways cannot be told: these are ours. */
  readonly isPartial: boolean;
}

/** What the gateway that has a call is asked to do. */
export type FleetRequest =
  /** Twilio says that the call is over. */
  | { readonly about: 'finish'; readonly callSid: string }
  /** Staff want it; `by`: the name they have given, null without one. */
  | { readonly about: 'transfer' | 'end'; readonly callSid: string; readonly by: string | null };

/**
 * `done` or `refused` by the gateway that has the call; `gone`: no gateway has it; `timeout`: the one that has it did not answer in time, and may
 * have done it; `unavailable`: nobody can be asked.
 */
export type FleetAnswer = 'done' | 'refused' | 'gone' | 'timeout' | 'unavailable' | TakenBy;

/** Somebody was first. */
export type TakenBy = Pick<Intervention, 'kind' | 'by'>;

/** This gateway, as the others may see and ask it. */
export interface FleetMember {
  readonly liveSessions: readonly Session[];
  /** The calls that are live here or wait for their next stream. */
  readonly callSids: readonly string[];
  /** Returns the function that ends the watching. */
  watch(watcher: (event: CallChange) => void): () => void;
  /** Tells of new words four times a second at most, while somebody is told. Returns the function that ends it. */
  watchWords(watcher: (words: WordsNow) => void): () => void;
  /** Whether it was done; where somebody was first, what was done. */
  answer(request: FleetRequest): Promise<boolean | TakenBy>;
}

/**
 * The gateways of the shop, as one of them knows them. One contract suite, run by every implementation. Nothing here rejects or holds up a
 * call: what is told is not waited for, and every question has a deadline.
 */
export interface Fleet {
  /** Called once, before anything else. */
  join(self: FleetMember): void;
  /** A call has become live here, or is live here no more. */
  liveChanged(): void;
  /** The live calls of all gateways, ours first. */
  liveCalls(): Promise<LiveList>;
  /** Tells of each live call of all gateways, then of every change, and of what agents are saying. Returns the function that ends the watching. */
  watch(watcher: CallWatcher): () => void;
  /** Asks another gateway; the member itself is not asked. */
  ask(request: FleetRequest): Promise<FleetAnswer>;
  /** No list of live calls has ours any more. */
  close(): Promise<void>;
}
