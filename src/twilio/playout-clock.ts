/** A larger hole between two timestamps is no jitter: this stream leaves silence out. */
const HOLE_MS = 100;
/** Another message came, and no frame for so long before it: this stream leaves silence out. */
const SILENT_MS = 200;
/** A frame so much later than the fastest one of late has waited behind others. */
const BACKLOG_MS = 60;
/** A way that has become slower counts as the usual one by so much a millisecond, while frames come one by one. */
const FORGETTING = 0.01;
const FRAME_MS = 20;
/** So many frames that come one by one and are so late do not tell the time; behind a stall only the first few do. */
const WRONG_MS = 1000;
const WRONG_FRAMES = 50;

/**
 * How far Twilio has played what was sent on one stream. Positions are milliseconds of sent audio; Twilio plays it in
 * order at 8 bytes a millisecond from when it arrives.
 *
 * Two clocks are kept, and what was heard is the smaller of them. By our own (monotonic) clock audio begins to play
 * when it is sent: a `clear` takes as long to arrive as the audio did, so this is what the caller has heard when it takes effect. By
 * the stream's media time audio begins to play with the first fresh frame that comes after it was sent: while the
 * network stands still no frame comes, and nothing sent meanwhile is taken for heard. A mark that is back is certain.
 */
export class PlayoutClock {
  #sentMs = 0;
  #dryAt = 0;
  #confirmedMs = 0;
  /** The latest frame's timestamp, and when it came. */
  #mediaMs = 0;
  #mediaAt = performance.now();
  /** The shortest way that a frame has had of late: our clock less its timestamp. */
  #offsetMs = Number.POSITIVE_INFINITY;
  /** When Twilio's buffer runs dry, in media time. */
  #mediaDryAt = 0;
  /** Sent since the last fresh frame came. */
  #uncommittedMs = 0;
  #wrongFrames = 0;
  /** The shortest way since media time last stood still: a stream that leaves silence out is late for ever by the time before. */
  #usualOffsetMs = Number.NEGATIVE_INFINITY;
  /** How much later than usual the latest frame came. */
  #lateMs = 0;
  /** Frames come without a pause, silence or not: their time can be relied upon. */
  #steady = true;

  /** All audio sent so far. */
  get sentMs(): number {
    return this.#sentMs;
  }

  /** When Twilio's buffer runs dry if nothing more is sent (monotonic ms). */
  get dryAt(): number {
    return this.#dryAt;
  }

  /** Audio goes out. Returns when it begins to sound (monotonic ms). */
  sent(ms: number, now: number): number {
    const soundsAt = Math.max(this.#dryAt, now);
    this.#sentMs += ms;
    this.#uncommittedMs += ms;
    this.#dryAt = soundsAt + ms;
    return soundsAt;
  }

  /** A frame of the caller came, with its presentation time on the stream. */
  onMedia(timestampMs: number, now: number): void {
    if (this.#mediaMs > 0 && timestampMs - this.#mediaMs > HOLE_MS) this.#steady = false;
    const alone = now - this.#mediaAt >= FRAME_MS / 2;
    const passedMs = Math.min(now - this.#mediaAt, FRAME_MS);
    const lateMs = this.#lateness(now - timestampMs, passedMs);
    this.#lateMs = this.#laterThanUsual(now - timestampMs, passedMs);
    this.#mediaMs = timestampMs;
    this.#mediaAt = now;
    if (lateMs <= WRONG_MS) this.#wrongFrames = 0;
    else if (alone) this.#wrongFrames += 1;
    if (this.#wrongFrames >= WRONG_FRAMES) this.#steady = false;
    if (this.#uncommittedMs === 0 || lateMs > BACKLOG_MS) return;
    this.#mediaDryAt = Math.max(this.#mediaDryAt, timestampMs) + this.#uncommittedMs;
    this.#uncommittedMs = 0;
  }

  /** In how many ms the audio is there that follows the latest frame for `ms`, told in the turn in which that came. */
  untilHeard(ms: number): number {
    return ms - this.#lateMs;
  }

  /** A key came, so that the network works: if no frame did, this stream leaves silence out. A mark is no such sign: behind a stall it may come first. */
  onSign(now: number): void {
    if (now - this.#mediaAt > SILENT_MS) this.#steady = false;
  }

  /** The mark behind this position is back. */
  confirm(positionMs: number): void {
    this.#confirmedMs = Math.max(this.#confirmedMs, positionMs);
  }

  /** What has not been played never will be. */
  cleared(now: number): void {
    this.#dryAt = Math.min(this.#dryAt, now);
    this.#confirmedMs = this.#sentMs;
    this.#uncommittedMs = 0;
    this.#mediaDryAt = 0;
  }

  /** The position up to which the caller has heard what was sent and not cleared. */
  playedMs(now: number): number {
    const byOurClock = this.#sentMs - Math.max(0, this.#dryAt - now);
    return Math.max(this.#confirmedMs, Math.min(byOurClock, this.#playedByMediaTime()));
  }

  #lateness(offsetMs: number, passedMs: number): number {
    this.#offsetMs = Math.min(this.#offsetMs + FORGETTING * passedMs, offsetMs);
    return offsetMs - this.#offsetMs;
  }

  #laterThanUsual(offsetMs: number, passedMs: number): number {
    const isNewTime = offsetMs - this.#usualOffsetMs > BACKLOG_MS;
    this.#usualOffsetMs = isNewTime
      ? offsetMs
      : Math.min(this.#usualOffsetMs + FORGETTING * passedMs, offsetMs);
    return offsetMs - this.#usualOffsetMs;
  }

  #playedByMediaTime(): number {
    if (!this.#steady) return this.#sentMs;
    return this.#sentMs - this.#uncommittedMs - Math.max(0, this.#mediaDryAt - this.#mediaMs);
  }
}
