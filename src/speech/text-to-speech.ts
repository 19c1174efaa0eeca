/** What a voice makes of a text. */
export interface Speech {
  /** Mu-law, 8 kHz, mono, no header; the length is a multiple of 160 bytes (20 ms), padded with silence (0xFF). */
  readonly audio: Buffer;
  /** For each word of the text (split at spaces), the ms from the beginning at which it has been said; absent when the voice does not know. */
  readonly wordEndsMs?: readonly number[];
}

export interface SynthesisOptions {
  /** Nobody waits for it: every request without this goes first. */
  readonly background?: boolean;
  /** So many sentences of the same utterance are heard before it, which gives it time: what a caller needs first goes first. 0 when absent. */
  readonly nth?: number;
}

/**
 * A voice: text in, telephone audio out. Another voice can stand in by filling this contract.
 */
export interface TextToSpeech {
  /**
   * The same text always gives the same bytes. Rejects with a `SPEECH_FAILED` GatewayError when there is nothing to say
   * in the text, when it is too long, when the voice fails or is closed; the next text is not affected.
   */
  synthesize(text: string, options?: SynthesisOptions): Promise<Speech>;
  /** What is still waiting rejects. */
  close(): Promise<void>;
}
