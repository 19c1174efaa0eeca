import { BYTES_PER_MS } from '../../audio/mulaw.js';
import { HELD_AUDIO_MS } from './model.js';
import type { ModelAudio } from './model-audio.js';

/** A message for each 20 ms would cost three times as much on both sides, and turns are found no sooner by it. */
const BATCH_MS = 60;
/** What was held goes out in pieces of at most this. */
const HELD_PIECE_MS = 1000;

export interface CallerAudioOutOptions {
  readonly audio: Pick<ModelAudio, 'toServer'>;
  /** Takes a whole message, all ASCII. */
  readonly send: (message: string) => void;
  /** A batch has gone out as its last frame came: the next one is whole when so much more has come. */
  readonly onSent?: (nextMs: number) => void;
  readonly batchMs?: number;
}

/** The caller's audio on its way to the model: mu-law frames in, a message for each batch out. Nothing here waits. */
export class CallerAudioOut {
  readonly #audio: Pick<ModelAudio, 'toServer'>;
  readonly #send: (message: string) => void;
  readonly #onSent: ((nextMs: number) => void) | undefined;
  readonly #batch: Buffer;
  #filled = 0;
  /** Whole batches that wait for the model; null once it is ready. */
  #held: Buffer[] | null = [];
  readonly #mostHeld: number;
  #sentBytes = 0;
  #droppedBytes = 0;

  constructor({ audio, send, onSent, batchMs = BATCH_MS }: CallerAudioOutOptions) {
    this.#audio = audio;
    this.#send = send;
    this.#onSent = onSent;
    this.#batch = Buffer.allocUnsafe(batchMs * BYTES_PER_MS);
    this.#mostHeld = Math.floor(HELD_AUDIO_MS / batchMs);
  }

  /** A frame of any length; it is copied. */
  push(frame: Buffer): void {
    const sentBefore = this.#sentBytes;
    for (let from = 0; from < frame.length; ) {
      const copied = frame.copy(this.#batch, this.#filled, from);
      from += copied;
      this.#filled += copied;
      if (this.#filled === this.#batch.length) this.#flush();
    }
    if (this.#sentBytes > sentBefore) this.#onSent?.((this.#batch.length - this.#filled) / BYTES_PER_MS);
  }

  /** The model is ready: what was held goes out now, and what comes as it comes. */
  open(): void {
    const held = Buffer.concat(this.#held ?? []);
    this.#held = null;
    const piece = HELD_PIECE_MS * BYTES_PER_MS;
    for (let from = 0; from < held.length; from += piece) this.#append(held.subarray(from, from + piece));
  }

  /**
   * A time that the server tells, in ms of the audio it was sent, as ms of all that was pushed; null: now. Servers that count otherwise
   * (from another zero, by the clock) are taken for now.
   */
  givenMs(serverMs: number | null): number {
    const sent = this.#sentBytes / BYTES_PER_MS;
    const isPlausible = serverMs !== null && serverMs >= 0 && serverMs <= sent;
    return Math.round((isPlausible ? serverMs : sent) + this.#droppedBytes / BYTES_PER_MS);
  }

  #flush(): void {
    this.#filled = 0;
    if (this.#held === null) return this.#append(this.#batch);
    this.#held.push(Buffer.from(this.#batch));
    if (this.#held.length <= this.#mostHeld) return;
    this.#held.shift();
    this.#droppedBytes += this.#batch.length;
  }

  #append(mulaw: Buffer): void {
    this.#sentBytes += mulaw.length;
    this.#send(`{"type":"input_audio_buffer.append","audio":"${this.#audio.toServer(mulaw)}"}`);
  }
}
