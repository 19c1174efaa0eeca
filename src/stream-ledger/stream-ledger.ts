/** One stream of a call: `hop` is 0 for its first, one more for each time it is picked up again. */
export interface StreamOfCall {
  readonly callSid: string;
  readonly hop: number;
}

/** Longer than any token is good for, clocks that differ included. */
export const LEDGER_TTL_MS = 120_000;

/**
 * What all gateways of a shop know of the streams that calls were invited to and opened, for two minutes. Nothing rejects: what cannot
 * be told is null, and then whether it was noted is unknown.
 */
export interface StreamLedger {
  /** The token that stands for this stream: this one if it is the first, else the one that was proposed before. */
  propose(stream: StreamOfCall, token: string): Promise<string | null>;
  /** Whether this is the first time that the stream is opened. In process the answer is there at once. */
  claim(stream: StreamOfCall): boolean | Promise<boolean | null>;
}
