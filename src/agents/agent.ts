import type { Caller } from '../desk/caller.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { TokenUsage } from '../sessions/session.js';
import type { Sayable, SpokenPiece } from '../twilio/spoken-piece.js';
import type { Heard } from '../twilio/utterance.js';

/** An utterance whose audio arrives as it is made. Pieces pushed after an interruption are dropped. */
export interface OpenUtterance {
  push(piece: SpokenPiece): void;
  /**
   * All words of its text-less audio so far, in place of what was told before; allowed until they are complete, also after the utterance
   * has ended: the history is then mended. Does nothing on an utterance that was not opened for it.
   */
  transcribe(text: string, isComplete: boolean): void;
  /** No more audio will come; its mark is sent. */
  end(): void;
  readonly heard: Promise<Heard>;
}

export interface OpenOptions {
  /**
   * `transcribe` tells the words of its text-less audio: they stand in the history as far as they were heard (`…` while none are known),
   * and what was not heard can be said again. Absent or false: text-less audio has no words and is not kept.
   */
  readonly isTranscribed?: boolean;
}

/** What an agent tells of its work: tokens of one response as its model counted them, or ms from the end of the caller's speech to its model's first audio. */
export type AgentReport = { readonly usage: TokenUsage } | { readonly modelMs: number };

/**
 * Why an agent cannot go on with its call: it may not begin, its time is over, the call has had all the time there is for its kind, it lost its
 * model, or it gets what makes no sense.
 */
export type AgentFault = 'refused' | 'expired' | 'spent' | 'lost' | 'garbage';

/** Why a call goes on without an agent. `threw`: from a method or its promise; `voice`: a sentence could not be made, and nothing was said instead; `silent`: it did not respond. */
export type AgentFailure = AgentFault | 'threw' | 'voice' | 'silent';

/** After what an agent may have to respond: its start, a key, the end of the caller's speech. */
export type ResponseTrigger = 'start' | 'key' | 'speech';

/**
 * What an agent may do to the call, as long as it has the call: once it has failed or was stopped nothing here does anything, and what
 * it says has not been heard. Nothing here ever throws into the agent because of the network.
 */
export interface CallControl {
  /** Turns are put in where they began, by `timeAt`: see `LiveSession`. */
  readonly session: Pick<LiveSession, 'data' | 'change' | 'addTurn' | 'replaceTurn' | 'timeAt'>;
  readonly caller: Caller;
  /**
   * Queues an utterance after those before it. Pieces may be promises (a sentence still being synthesised); `null` pieces are skipped.
   * Pieces that are ready at the head are sent in this same turn of the event loop. Settles when its last mark is back or it was
   * cut off; rejects only when making a piece failed (what came before it was played).
   */
  say(pieces: Iterable<Sayable>): Promise<Heard>;
  /** Begins an utterance whose pieces come later; for agents that stream. One that is left open without audio counts as silence of the agent. */
  open(options?: OpenOptions): OpenUtterance;
  /** The agent is about to respond, to something that only it knows of (what a tool gave): from now on its silence is watched as after a key. */
  mustRespond(): void;
  /** For the call's record and the metrics. */
  report(report: AgentReport): void;
  /**
   * A timer of the agent's own, in ms: what throws in it is the agent's failure, where that of `setTimeout` ends the process and all its calls.
   * Does nothing once the agent has failed or was stopped. To be cleared with `clearTimeout`.
   */
  setTimer(act: () => void, ms: number): NodeJS.Timeout;
  /** Work that nothing waits for, such as what follows a `say`: if it rejects, that is the agent's failure, where a rejection that nobody handles ends the process. */
  inBackground(work: Promise<unknown>): void;
  /**
   * The agent has no use for the caller's audio of the next `ms` before all of it is there: as long as nothing is being said its frames may come
   * together, and keys among them. To be called again each time.
   */
  audioMayWait(ms: number): void;
  /** Stops what is playing; a no-op when nothing is. */
  interrupt(): void;
  /** Ends the call when everything said so far has been played, at most 2 s after it must have been. */
  hangUp(): void;
  /** Hands the call to a person when everything said so far has been played. */
  transfer(): void;
  /** The agent cannot go on: what it is in the middle of saying is cut, and the call goes on without it. `error`: for the log, which names its kind. */
  fail(reason: AgentFault, error?: unknown): void;
}

/**
 * One conversation partner for one call. Five members are required; the others may be left out by an agent that has no use for them.
 * Methods are called in media order, never after `stop`. One that throws, rejects or leaves the caller in silence has failed: another goes
 * on with the call.
 */
export interface Agent {
  /** Who decides that the caller's turn begins or ends: our detector, the agent's model, or keys alone. */
  readonly turnDetection: 'local' | 'model' | 'keypad';
  /** What it is called in the call's record, such as `keypad`; absent: `agent`. */
  readonly name?: string;
  /** The stream is open. `resumed`: another has had the call before, on a stream that broke or on this one; the session tells how far it is. */
  start(resumed: boolean): void;
  /**
   * One inbound frame: mu-law, 8 kHz, usually 160 bytes (20 ms). Where the stream left some out, silence stands for them. Must not
   * keep or change the buffer.
   */
  pushAudio(frame: Buffer): void;
  /** One key: `0`-`9`, `*`, `#`, seldom `A`-`D`, which few telephones have. What was playing has been interrupted already. */
  onDigit(digit: string): void;
  /** The call is over, or goes on without this agent: release timers and connections. `failure`: how it has failed; absent: it has not. */
  stop(failure?: AgentFailure): Promise<void>;
  /** The keys pressed now prove who calls: history and recordings say that a key was pressed, not which. Asked before each key; absent: they never do. */
  readonly keysAreSecret?: boolean;
  /** After these the agent must say something within 2 s; a word that bridges the time is enough. Absent or empty: never. */
  readonly mustRespondAfter?: readonly ResponseTrigger[];
  /** What was playing was cut off; `unheard` holds also what waited behind it. */
  onInterrupted?(heard: Heard): void;
  /** The caller speaks since `atMs` (media time: ms since the stream began). Only with `local` turn detection. */
  onSpeechStarted?(atMs: number): void;
  /** The caller has not spoken since `atMs` (media time). Follows each `onSpeechStarted`, unless the call ends before. */
  onSpeechEnded?(atMs: number): void;
  /** The caller cut the agent off by a sound and then said nothing for 2 s: the prompt is to be said again from its first unheard sentence. Absent: the call does it. */
  onFalseStart?(unheard: readonly Sayable[]): void;
  /**
   * The caller has spoken, nothing was said for 2 s, and the caller was told to wait a moment. An agent that took it for noise asks what was
   * meant; one that is at its answer may go on with it. In 4 s the agent must say something.
   */
  onUnanswered?(): void;
}

/** Makes the agent of one call. */
export type AgentFactory = (control: CallControl) => Agent;
