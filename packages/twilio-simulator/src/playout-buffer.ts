/** What comes out of a {@link PlayoutBuffer}, in the order of the play-out clock. */
export interface PlayoutListener {
  /** `audio` sounds from `sample` on; samples count from the start of the stream, 8 a millisecond. */
  onPlayed(audio: Buffer, sample: number): void;
  /** A mark goes back: everything before it was played, or (`played` false) a clear has thrown it away. */
  onMark(name: string, played: boolean): void;
}

/** Twilio keeps at most ten minutes of unplayed audio and discards the rest (error 31931). */
export const MAX_QUEUED_BYTES = 10 * 60 * 8000;

/**
 * Twilio's side of the agent's audio: what has arrived is played in order at 8 bytes a millisecond; a mark goes back
 * when everything before it has been played, at once when nothing is waiting. It has no clock of its own: every
 * method is told the current sample, which must never be smaller than the one before.
 */
export class PlayoutBuffer {
  readonly #listener: PlayoutListener;
  readonly #queue: (Buffer | string)[] = [];
  #playhead = 0;
  #queuedBytes = 0;

  constructor(listener: PlayoutListener) {
    this.#listener = listener;
  }

  /** Bytes that wait to be played. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Marks that are not back yet. */
  get pendingMarks(): number {
    return this.#queue.filter((item) => typeof item === 'string').length;
  }

  /** Nothing waits, neither audio nor a mark. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** Queues audio and returns how many bytes of it were discarded because the buffer is full. */
  push(audio: Buffer, sample: number): number {
    this.advance(sample);
    const kept = audio.subarray(0, Math.max(0, MAX_QUEUED_BYTES - this.#queuedBytes));
    if (kept.length > 0) this.#queue.push(kept);
    this.#queuedBytes += kept.length;
    return audio.length - kept.length;
  }

  mark(name: string, sample: number): void {
    this.advance(sample);
    this.#queue.push(name);
    this.#returnDueMarks();
  }

  /** Throws away what waits, returns all pending marks in order, and returns how many bytes were lost. */
  clear(sample: number): number {
    this.advance(sample);
    const lost = this.#queuedBytes;
    const marks = this.#queue.filter((item) => typeof item === 'string');
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    for (const name of marks) this.#listener.onMark(name, false);
    return lost;
  }

  /** Plays up to, not including, `sample`. */
  advance(sample: number): void {
    this.#returnDueMarks();
    while (this.#playhead < sample && this.#queue.length > 0) this.#playHead(sample - this.#playhead);
    this.#playhead = Math.max(this.#playhead, sample);
  }

  #playHead(limit: number): void {
    const head = this.#queue.shift();
    if (!(head instanceof Buffer)) return;
    const now = head.subarray(0, limit);
    if (now.length < head.length) this.#queue.unshift(head.subarray(limit));
    this.#queuedBytes -= now.length;
    this.#listener.onPlayed(now, this.#playhead);
    this.#playhead += now.length;
    this.#returnDueMarks();
  }

  #returnDueMarks(): void {
    for (let head = this.#queue[0]; typeof head === 'string'; head = this.#queue[0]) {
      this.#queue.shift();
      this.#listener.onMark(head, true);
    }
  }
}
