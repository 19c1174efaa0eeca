import { SILENCE } from '../audio/mulaw.js';

/** The audio of an agent in the order it goes out, with silence in place of what must not be kept. Positions are bytes. */
export class HiddenWords {
  #sent = 0;
  #hidden: { readonly from: number; readonly to: number }[] = [];

  /** Words begin so many bytes into the next message: their audio is not kept. */
  hide(offset: number, bytes: number): void {
    this.#hidden.push({ from: this.#sent + offset, to: this.#sent + offset + bytes });
  }

  /** What has not gone out never will. */
  cleared(): void {
    this.#hidden = [];
  }

  /** The next message: itself, or a copy with silence in it. */
  next(audio: Buffer): Buffer {
    const [start, end] = [this.#sent, this.#sent + audio.length];
    this.#sent = end;
    if (this.#hidden.length === 0) return audio;
    const kept = Buffer.from(audio);
    for (const { from, to } of this.#hidden)
      if (from < end && to > start) kept.fill(SILENCE, Math.max(0, from - start), Math.min(to, end) - start);
    this.#hidden = this.#hidden.filter(({ to }) => to > end);
    return kept;
  }
}
