import type { TokenUsage } from '../../sessions/session.js';

/** A voice model as the agent of one call sees it: what it is told, what it tells, and how it ends. Which server stands behind it is the connection's business. */
export interface ModelSession {
  /** The server has taken our settings: what is sent now goes out at once. */
  readonly isReady: boolean;
  /** From now on `listener` is told of everything, what happened before first. Called once. */
  listen(listener: ModelListener): void;
  /**
   * One frame of the caller: mu-law, 8 kHz. Goes out in batches; before the session is ready it is held, at most {@link HELD_AUDIO_MS} of
   * it. Never throws, never waits; does nothing once the session has ended. Must not keep the buffer.
   */
  pushAudio(frame: Buffer): void;
  /** Sends a request; before the session is ready it waits in its place. Returns the id by which an error names it. */
  send(request: ModelRequest): string;
  /** Ends the connection; the listener is told nothing more. `unanswered`: the caller has waited for the model in vain. */
  close(why?: 'unanswered'): void;
}

/** So much of the caller is held for a model that is not ready yet; the oldest goes first. */
export const HELD_AUDIO_MS = 10_000;

/** Told in the order in which things happen, never within a call of the session's own methods. */
export interface ModelListener {
  onReady(): void;
  /** All audio so far is dealt with; nothing more goes out before another `nextMs` of it are there. May be told within `pushAudio`. */
  onBatch?(nextMs: number): void;
  onEvent(event: ModelEvent): void;
  /** The session is gone and nothing more comes. Called once, also when it never became ready. */
  onEnd(fault: ModelFault): void;
}

/** Why a session cannot go on. `fatal`: another one would fail alike (a wrong key, no credit, a format that is not spoken). */
export interface ModelFault {
  /**
   * For logs and metrics: `timeout`, `refused`, `http_401` (and other statuses), `format`, `garbage`, `slow`, `lost`, `closed`, `unanswered`, or the
   * server's own code where it is a known one, such as `insufficient_quota`. Never a text of the server.
   */
  readonly code: string;
  readonly fatal: boolean;
}

/** What a session tells of itself besides its listener: for the figures and the breaker. Codes are of a bounded set. */
export interface SessionObserver {
  onReady(connectMs: number): void;
  /** The model has said something, or called a function, for the first time. */
  onAnswered?(): void;
  /** Something went wrong; the session goes on, or not. */
  onError(code: string): void;
  /** Not called after `close`, unless that was for want of an answer. */
  onEnd(fault: ModelFault): void;
  /** The connection is over, in whichever way. Called once. */
  onGone?(): void;
}

/** What the agent asks of the model. */
export type ModelRequest =
  /** A line of the conversation as text: what is known of the caller, what was said before, a key. */
  | { readonly type: 'add_text'; readonly role: 'system' | 'user' | 'assistant'; readonly text: string }
  /** What a function gave. */
  | { readonly type: 'add_output'; readonly callId: string; readonly output: string }
  /** Asks for a response. `instructions`: for this one alone; `tools: false`: it may call no function. */
  | { readonly type: 'respond'; readonly instructions?: string; readonly tools?: false }
  | { readonly type: 'cancel'; readonly responseId: string }
  /**
   * The caller heard so much of an item of the model, in whole milliseconds, at least 1. A server without `truncate` is told the `words` that
   * were heard instead, where they are known.
   */
  | {
      readonly type: 'truncate';
      readonly itemId: string;
      readonly heardMs: number;
      readonly words?: string;
    }
  | { readonly type: 'delete_item'; readonly itemId: string };

/** What the model tells. Times are milliseconds of the caller's audio that was given to it. */
export type ModelEvent =
  | { readonly type: 'speech_started'; readonly atMs: number; readonly itemId: string | null }
  | { readonly type: 'speech_stopped'; readonly atMs: number; readonly itemId: string | null }
  /** The caller's turn is over and is an item now. The server answers it by itself, unless a response is under way. */
  | { readonly type: 'turn_committed'; readonly itemId: string }
  /** What the caller said in a turn, all of it so far. May come after the answer, and more than once. */
  | { readonly type: 'caller_words'; readonly itemId: string; readonly text: string }
  /** There will be no words of this turn. */
  | { readonly type: 'caller_words_failed'; readonly itemId: string }
  | { readonly type: 'response_created'; readonly responseId: string }
  /** Audio of the model: mu-law, 8 kHz, of any length. */
  | {
      readonly type: 'audio';
      readonly responseId: string;
      readonly itemId: string;
      readonly audio: Buffer;
    }
  /** More of the words of an item; they may come before or after their audio. */
  | { readonly type: 'words'; readonly responseId: string; readonly itemId: string; readonly delta: string }
  /** All words of an item. */
  | {
      readonly type: 'words_done';
      readonly responseId: string;
      readonly itemId: string;
      readonly text: string;
    }
  /** A function is to be called; told once for a call, and only when its arguments are whole. */
  | {
      readonly type: 'function_call';
      readonly responseId: string;
      readonly itemId: string;
      readonly callId: string;
      readonly name: string;
      /** As the model wrote them: JSON, or not. */
      readonly arguments: string;
    }
  /** Always comes for a response that was created, unless the session ends. */
  | {
      readonly type: 'response_done';
      readonly responseId: string;
      readonly status: 'completed' | 'cancelled' | 'incomplete' | 'failed';
      /** The server's word for why, where there is one: `max_output_tokens`, `content_filter`, an error's code. */
      readonly reason: string | null;
      /** As the server counted it. */
      readonly usage: TokenUsage | null;
    }
  /** A request failed; the session goes on. `requestId`: what `send` returned for it. `code` is a known one, or `other`. */
  | { readonly type: 'error'; readonly code: string; readonly requestId: string | null };

export type FunctionCall = Extract<ModelEvent, { type: 'function_call' }>;

/** What a session is set up with; the same for every call of a shop, so that servers can cache it. */
export interface ModelSetup {
  readonly instructions: string;
  readonly functions: readonly ModelFunction[];
}

/** A function that the model may call. */
export interface ModelFunction {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}
