import type { CallIdentity } from '../call-form.js';
import type { StreamEnd } from '../stream-end.js';

/** What is needed to open one stream. */
export interface Opening {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly streamSid: string;
}

/** How a stream ended. `byCaller`: our side hung up or was gone; else the server ended it, or it never began. */
export interface StreamOver {
  readonly end: StreamEnd;
  readonly byCaller: boolean;
}

/** Holds one stream from its handshake to its end. When the caller ended it the call is over; else it goes on with its TwiML. */
export type Talk = (opening: Opening) => Promise<StreamOver>;

/** Why there was no stream to open. `twilio`: the error number, where Twilio has one. */
export interface NoStream {
  readonly twilio: number | null;
  readonly sentence: string;
}

/** How a call comes to its stream. */
export interface StreamTarget {
  /** Runs one call; `talk` is called at most once. Settles when the call is over and never rejects; `null`: there was a stream. */
  call(identity: CallIdentity, talk: Talk): Promise<NoStream | null>;
}
