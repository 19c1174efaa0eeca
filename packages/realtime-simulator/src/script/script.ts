/** A conversation from the model's side: what it hears, and what it then says, calls or breaks. */
export interface Script {
  /** What the caller's turns say, first to last: the server finds turns by level and understands no words. */
  readonly caller?: readonly (string | CallerTurn)[];
  /** The first rule that matches is done. Without one the model says `otherwise`. */
  readonly rules?: readonly Rule[];
  /** Default: "All right." */
  readonly otherwise?: string;
  readonly opening?: Opening;
  readonly audio?: Pace;
  /** How long after a turn its transcript is there. Default 50. */
  readonly transcriptAfterMs?: number;
  /** How long a response is on its way before it is announced: until then it can neither be cancelled nor doubled. Default 0. */
  readonly responseAfterMs?: number;
  /** How long a response goes on after it was cancelled. Default 0. */
  readonly cancelAfterMs?: number;
}

export interface CallerTurn {
  readonly says: string;
  /** What the transcription makes of it; default: the same. */
  readonly transcript?: string;
  readonly transcriptAfterMs?: number;
  readonly transcriptFails?: boolean;
  /** For whoever speaks for the caller: this is said while the model speaks. The server does not look at it. */
  readonly interrupts?: boolean;
}

/** What happens before the session is there. */
export interface Opening {
  /** Refuses the upgrade with this HTTP status. */
  readonly refuse?: number;
  /** Accepts the connection and never answers the upgrade. */
  readonly hang?: boolean;
  readonly createdAfterMs?: number;
  /** For how many connections. Default: all. */
  readonly times?: number;
}

/** How audio is sent. As it is, as fast as the network takes it. */
export interface Pace {
  /** Audio in one delta. Default 200. */
  readonly chunkMs?: number;
  /** A pause between two deltas. Default 0. */
  readonly everyMs?: number;
  /** Everything at once, without a look at what the network takes. */
  readonly burst?: boolean;
  /** Before the first audio of an item. Default 0. */
  readonly firstAfterMs?: number;
  /** A pause behind each piece of a text or of a call's arguments. Default 0. */
  readonly tokenMs?: number;
  /** Each word is told so long before its sound ends; below 0, so long after. Default: about a third of the words ahead. */
  readonly wordsAheadMs?: number;
}

export interface Rule {
  /** All that is named must be so; without it, always. */
  readonly when?: When;
  /**
   * Values by their names, each taken by an expression (its first group, or all of it) out of the outputs, turns, items and instructions that
   * this response answers. `$name` in a later `say` or in arguments is the value. A rule whose values are not there does not match.
   */
  readonly capture?: Readonly<Record<string, string>>;
  readonly do: readonly Action[];
  /** How often at most. Default: no limit. */
  readonly times?: number;
}

/** At which moment a rule is looked for. `response`: when a response begins; elsewhere nothing can be said or called. */
export type Moment =
  | 'cancel'
  | 'commit'
  | 'connect'
  | 'create'
  | 'ready'
  | 'response'
  | 'speech'
  | 'truncate'
  | 'update';

export interface When {
  /** Default: `response`. */
  readonly on?: Moment;
  /** The caller's turn, counted from 1, that this response answers. */
  readonly turn?: number;
  /** Words in it: a part, in any case, or `/an expression/`. */
  readonly hears?: string;
  /** The name of a function whose output has come. */
  readonly output?: string;
  /** Words in that output. */
  readonly says?: string;
  /** Words in an item that the client has added since the last response. */
  readonly item?: string;
  /** Words in the instructions that the client gives for this response alone. */
  readonly asked?: string;
  /** Words in the instructions of the session. */
  readonly instructions?: string;
  /** The response, counted from 1. */
  readonly response?: number;
  /** The session of the server, counted from 1: what a client does after a session that broke. */
  readonly session?: number;
}

export interface Failure {
  readonly code: string;
  readonly message?: string;
  readonly type?: string;
}

/** What a response does; `say`, `text`, `call` and `silence` make output, the others break something. */
export type Action =
  /** `newItem`: not in one item with what was said before. */
  | ({ readonly say: string; readonly newItem?: boolean } & Pace)
  /** An answer in text where audio was asked for. */
  | { readonly text: string }
  /** Several in a row are parallel calls. `half`: half of the arguments, then the response is cancelled. */
  | { readonly call: string; readonly arguments?: Readonly<Record<string, unknown>>; readonly half?: boolean }
  | { readonly silence: number }
  | { readonly wait: number }
  /** An `error` event; the session goes on. */
  | { readonly error: Failure }
  /** The response ends as failed. */
  | { readonly fail: Failure }
  /** The response ends as incomplete. */
  | { readonly stop: 'content_filter' | 'max_output_tokens' }
  | { readonly close: number; readonly reason?: string }
  /** The connection is gone without a close. */
  | { readonly drop: true }
  /** Something that is no JSON. */
  | { readonly garbage: string }
  /** Nothing is sent from now on; the connection stays open. */
  | { readonly mute: true }
  /** The session is too old. */
  | { readonly expire: true }
  /** Any event as it is. */
  | { readonly send: Readonly<Record<string, unknown>> }
  /** The server begins a response of its own, unless one is active. */
  | { readonly respond: true }
  /** `session.updated` reports this format, and it is what is heard and played (`on: update`). */
  | { readonly format: 'audio/pcm' | 'audio/pcmu' };
