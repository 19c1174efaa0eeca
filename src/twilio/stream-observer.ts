import type { BegunWords } from './spoken-piece.js';

/** How a stream ended. `stopped`: Twilio said so (the caller hung up); `closed`: we closed it; `lost`: the socket ended without a word. */
export type StreamEnd = 'stopped' | 'closed' | 'lost';

/** What the gateway found or did on a stream, beside its messages. */
export type StreamAnnotation =
  | {
      readonly note: 'speech';
      readonly what: 'candidate' | 'accepted' | 'rejected' | 'ended';
      /** The stream's media time that it is about, in ms. */
      readonly at_ms: number;
    }
  | {
      readonly note: 'interrupted';
      readonly by: 'speech' | 'key' | 'agent';
      /** How much of the utterance the caller had heard, in ms. */
      readonly heard_ms: number;
    }
  | {
      readonly note: 'session';
      readonly state: string;
      readonly speaking: boolean;
      /** Absent: as it was noted last; before the first: none. */
      readonly intent?: string | null;
      readonly collected_data?: object;
    }
  /** The words whose audio begins to go out. */
  | ({ readonly note: 'words' } & BegunWords)
  /** What the call asked of the shop and was given; `with` is absent where nothing is handed over (a property). */
  | {
      readonly note: 'asked';
      readonly what: string;
      readonly with?: readonly unknown[];
      readonly gave?: unknown;
      /** Code of the error, where it was answered with one. */
      readonly failed?: string;
      /** Milliseconds until the answer; null: it was there at once. */
      readonly took_ms: number | null;
    }
  /** The key received last proves who calls: which it was is kept nowhere. */
  | { readonly note: 'secret_key' };

/** Watches one stream without a part in it: every method is cheap, returns at once and never throws. */
export interface StreamObserver {
  /** A text message as it came from Twilio, before anything else is done with it. */
  received(text: string): void;
  /** A text message as it went out. */
  sent(text: string): void;
  note(note: StreamAnnotation): void;
  /** Called once, last. */
  end(how: StreamEnd): void;
}
