export interface SynthesisOptions {
  /** Nobody waits for it: every request without this goes first. */
  readonly background?: boolean;
}

/**
 * A voice: text in, telephone audio out. Another voice can stand in by filling this contract.
 */
export interface TextToSpeech {
  /**
   * Mu-law, 8 kHz, mono, no header; the length is a multiple of 160 bytes (20 ms), padded with silence (0xFF).
   * The same text always gives the same bytes. Rejects with a `SPEECH_FAILED` GatewayError when there is nothing to say
   * in the text, when it is too long, when the voice fails or is closed; the next text is not affected.
   */
  synthesize(text: string, options?: SynthesisOptions): Promise<Buffer>;
  /** What is still waiting rejects. */
  close(): Promise<void>;
}
