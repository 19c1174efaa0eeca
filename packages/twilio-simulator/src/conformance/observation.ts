import type { ReadMessage } from '../server-message.js';
import type { StreamEnd } from '../stream-end.js';

/** What our side did on a stream besides sending frames. `drop`: it ended the connection without a close frame. */
export type Act =
  | 'connect'
  | 'start'
  | 'key'
  | 'speech'
  | 'unknown-event'
  | 'extra-fields'
  | 'ping'
  | 'stop'
  | 'close'
  | 'drop';

export type Occurrence =
  | { readonly kind: 'did'; readonly act: Act }
  /** The server answered 101. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'message'; readonly read: ReadMessage }
  | { readonly kind: 'binary'; readonly bytes: number }
  | { readonly kind: 'pong' }
  /** No answer to an act came in so many milliseconds. */
  | { readonly kind: 'in-vain'; readonly act: Act; readonly waitedMs: number }
  /** No stream came about: the webhook or its TwiML failed before there was an address to connect to. */
  | { readonly kind: 'no-stream'; readonly twilio: number | null; readonly sentence: string }
  /** The connection is gone. `unheardMs` and `pendingMarks`: what of the server's was still to be heard. */
  | {
      readonly kind: 'ended';
      readonly end: StreamEnd;
      readonly byServer: boolean;
      readonly unheardMs: number;
      readonly pendingMarks: number;
    };

/** `atMs` counts from the request to open the stream. */
export type Observation = Occurrence & { readonly atMs: number };
export type ObservationOf<K extends Occurrence['kind']> = Observation & { readonly kind: K };

/** The calls of a run, in their order; `steady`, `gap` and `beside` are held at the same time. */
export const CALLS = [
  'first',
  'second',
  'keys',
  'speech',
  'additions',
  'drop',
  'steady',
  'gap',
  'beside',
  'last',
] as const;
export type CallName = (typeof CALLS)[number];

/** What was seen on one stream, in order. */
export interface StreamTrace {
  readonly call: CallName;
  readonly seen: readonly Observation[];
}

/** The observations of one kind, in order. */
export function seenOf<K extends Occurrence['kind']>({ seen }: StreamTrace, kind: K): ObservationOf<K>[] {
  return seen.filter((each): each is ObservationOf<K> => each.kind === kind);
}

/** When our side first did this; `null`: never. */
export function whenDid({ seen }: StreamTrace, act: Act): number | null {
  return seen.find((each) => each.kind === 'did' && each.act === act)?.atMs ?? null;
}

/** The last act at or before that time, and when; `null`: there was none. */
export function lastAct({ seen }: StreamTrace, atMs: number): { act: Act; atMs: number } | null {
  const acts = seen.filter((each) => each.kind === 'did' && each.atMs <= atMs);
  const last = acts.at(-1);
  return last?.kind === 'did' ? { act: last.act, atMs: last.atMs } : null;
}
