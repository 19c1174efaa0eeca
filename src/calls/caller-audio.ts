import { BYTES_PER_MS, FRAME_BYTES, SILENCE } from '../audio/mulaw.js';
import type { PlaybackTicker } from '../twilio/playback.js';
import type { TickerClient } from '../twilio/ticker.js';

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** No more silence than that stands for frames that did not come, be it half an hour. */
const MAX_SILENCE_MS = 1000;
/** Frames that come so much later than their turn are missing: the network is rarely as slow. */
const OVERDUE_MS = 200;
const SILENT_FRAME = Buffer.alloc(FRAME_BYTES, SILENCE);

/** A frame with its media time and our clock (ms). */
type FrameListener = (frame: Buffer, timestampMs: number, now: number) => void;

/**
 * The caller's audio as one line of frames without holes. Some streams send no frames while the caller is silent; whoever
 * listens gets silence in their place, at most a second of it, so that "nothing came" is never taken for "still speaking".
 */
export class CallerAudio implements TickerClient {
  readonly #ticker: PlaybackTicker;
  readonly #onFrame: FrameListener;
  /** The media time that the next frame should have; NaN before the first. */
  #nextMs = Number.NaN;
  #arrivedAt = 0;
  /** Silence delivered since the last frame that came. */
  #silentMs = 0;

  /** `onFrame`: gets every frame, real or silent. */
  constructor(ticker: PlaybackTicker, onFrame: FrameListener) {
    this.#ticker = ticker;
    this.#onFrame = onFrame;
  }

  /** A frame came. One that is late after all is heard, although silence has stood for it. */
  push(frame: Buffer, timestampMs: number, now: number): void {
    if (Number.isNaN(this.#nextMs)) this.#ticker.add(this);
    else this.#fillUpTo(timestampMs, now);
    this.#nextMs = timestampMs + frame.length / BYTES_PER_MS;
    this.#arrivedAt = now;
    this.#silentMs = 0;
    this.#onFrame(frame, timestampMs, now);
  }

  /** Nothing may have come for a while: the time goes on. */
  tick(now: number): void {
    const missingMs = now - this.#arrivedAt - OVERDUE_MS;
    while (this.#silentMs + FRAME_MS <= Math.min(missingMs, MAX_SILENCE_MS)) this.#beSilent(now);
  }

  stop(): void {
    this.#ticker.remove(this);
  }

  #fillUpTo(timestampMs: number, now: number): void {
    while (this.#silentMs < MAX_SILENCE_MS && timestampMs - this.#nextMs >= FRAME_MS) this.#beSilent(now);
  }

  #beSilent(now: number): void {
    const timestampMs = this.#nextMs;
    this.#nextMs = timestampMs + FRAME_MS;
    this.#silentMs += FRAME_MS;
    this.#onFrame(SILENT_FRAME, timestampMs, now);
  }
}
