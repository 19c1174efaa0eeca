import type { StreamEnd } from './stream-end.js';

/** What the gateway found or did on a stream, beside its messages. */
export type StreamNote =
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
  | { readonly note: 'session'; readonly state: string; readonly speaking: boolean };

/** Watches one stream without a part in it: every method is cheap, returns at once and never throws. */
export interface StreamTap {
  /** A text message as it came from Twilio, before anything else is done with it. */
  received(text: string): void;
  /** A text message as it went out. */
  sent(text: string): void;
  note(note: StreamNote): void;
  /** Called once, last. */
  end(how: StreamEnd): void;
}
