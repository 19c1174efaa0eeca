import type { MaybePromise } from '../core/maybe-promise.js';
/** A sentence and its audio: mu-law, 8 kHz, mono, in multiples of 160 bytes (20 ms). */
export interface SpokenPiece {
  readonly text: string;
  readonly audio: Buffer;
  /** For each word of `text` (split at spaces), the ms from the beginning of `audio` at which it has been said; absent when the voice does not know. */
  readonly wordEndsMs?: readonly number[];
}

/** What can be said: a sentence, one that is still being synthesised, or (null) nothing. */
export type Sayable = MaybePromise<SpokenPiece | null>;

/**
 * How an agent gets a sentence and its audio: at once when it is at hand. `nth`: so many sentences of the same utterance are heard before it; 0 when
 * absent. Rejects when the voice fails.
 */
export type Speak = (text: string, nth?: number) => MaybePromise<SpokenPiece>;

/** Words whose audio has begun to go out: so many bytes unless it is cut off, from `offset` of what was taken last on. */
export interface BegunWords {
  readonly text: string;
  readonly offset: number;
  readonly bytes: number;
  /** They came apart from their audio: where in it they are is a guess. */
  readonly guessed?: true;
}
