/**
 * A voice: text in, telephone audio out. Another voice can stand in by filling this contract.
 */
export interface TextToSpeech {
  /**
   * Mu-law, 8 kHz, mono, no header; the length is a multiple of 160 bytes (20 ms), padded with silence (0xFF).
   * Rejects with a `SPEECH_FAILED` GatewayError when the text is empty, too long or the voice fails.
   */
  synthesize(text: string): Promise<Buffer>;
  close(): Promise<void>;
}
