import { FRAME_BYTES, SILENCE } from './audio/mulaw.js';

/** What the caller says: mu-law handed out in 20 ms frames; a key's tone goes before the rest. */
export class CallerVoice {
  #tone: Buffer = Buffer.alloc(0);
  #speech: Buffer = Buffer.alloc(0);

  /** Replaces what is being said; `null` falls silent. */
  say(muLaw: Buffer | null): void {
    this.#speech = muLaw ?? Buffer.alloc(0);
  }

  /** Sounds before what is left of the speech. */
  interject(tone: Buffer): void {
    this.#tone = Buffer.concat([this.#tone, tone]);
  }

  get silent(): boolean {
    return this.#tone.length + this.#speech.length === 0;
  }

  /** The next 160 bytes, the last ones padded with silence; `null` when there is nothing to say. */
  nextFrame(): Buffer | null {
    if (this.silent) return null;
    const source = this.#tone.length > 0 ? this.#tone : this.#speech;
    const frame = source.subarray(0, FRAME_BYTES);
    const rest = source.subarray(FRAME_BYTES);
    if (source === this.#tone) this.#tone = rest;
    else this.#speech = rest;
    return frame.length === FRAME_BYTES
      ? frame
      : Buffer.concat([frame, Buffer.alloc(FRAME_BYTES, SILENCE)], FRAME_BYTES);
  }
}
