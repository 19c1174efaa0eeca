import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from '../../audio/mulaw.js';
import { HELD_AUDIO_MS } from './model.js';
import type { ModelAudio } from './model-audio.js';

/** A message for each 20 ms would cost three times as much on both sides, and turns are found no sooner by it. */
const BATCH_MS = 60;
/** Silence is wanted by nobody: on a line that is silent so many batches go out together. */
const SILENT_BATCHES = 4;
/** A server finds the end of a turn by the silence after it, half a second of it as we ask: so long none of it waits. */
const SILENT_AFTER_MS = 1000;
/** Nothing softer can be heard: 48 dB under full scale. */
const SOFTEST = 0.004;
const IS_SOUND = Uint8Array.from(MULAW_LEVELS, (level) => (Math.abs(level) > SOFTEST ? 1 : 0));
const BATCH_BYTES = BATCH_MS * BYTES_PER_MS;
/** What was held goes out in pieces of at most this. */
const HELD_PIECE_MS = 1000;

export interface CallerAudioOutOptions {
  readonly audio: Pick<ModelAudio, 'toServer'>;
  /** Takes a whole message, all ASCII. */
  readonly send: (message: string) => void;
  /** All that came is dealt with: nothing goes out before so much more has come. */
  readonly onBatch?: (nextMs: number) => void;
}

/** The caller's audio on its way to the model: mu-law frames in, a message for each batch out, or for some of silence. Nothing here waits. */
export class CallerAudioOut {
  readonly #options: CallerAudioOutOptions;
  /** What did not go out yet: less than a batch, behind batches of silence. */
  readonly #waiting = Buffer.allocUnsafeSlow(SILENT_BATCHES * BATCH_BYTES);
  #filled = 0;
  #silentMs = 0;
  /** What waits for the model, in batches; null once it is ready. */
  #held: Buffer[] | null = [];
  #heldBytes = 0;
  #sentBytes = 0;
  #droppedBytes = 0;

  constructor(options: CallerAudioOutOptions) {
    this.#options = options;
  }

  /** A frame of any length; it is copied. */
  push(frame: Buffer): void {
    let isWhole = false;
    for (let from = 0; from < frame.length; ) {
      const room = BATCH_BYTES - (this.#filled % BATCH_BYTES);
      const copied = frame.copy(this.#waiting, this.#filled, from, from + room);
      from += copied;
      this.#filled += copied;
      if (copied < room) break;
      this.#endBatch();
      isWhole = true;
    }
    if (!isWhole || this.#held !== null) return;
    this.#options.onBatch?.((BATCH_BYTES - (this.#filled % BATCH_BYTES)) / BYTES_PER_MS);
  }

  /** The model is ready: what was held goes out now, and what comes as it comes. */
  open(): void {
    const held = Buffer.concat(this.#held ?? []);
    this.#held = null;
    this.#heldBytes = 0;
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

  #endBatch(): void {
    const batch = this.#waiting.subarray(this.#filled - BATCH_BYTES, this.#filled);
    this.#silentMs = isSilent(batch) ? this.#silentMs + BATCH_MS : 0;
    if (this.#silentMs > SILENT_AFTER_MS && this.#filled < this.#waiting.length) return;
    const whole = this.#waiting.subarray(0, this.#filled);
    this.#filled = 0;
    if (this.#held === null) this.#append(whole);
    else this.#hold(this.#held, Buffer.from(whole));
  }

  #hold(held: Buffer[], audio: Buffer): void {
    held.push(audio);
    this.#heldBytes += audio.length;
    while (this.#heldBytes > HELD_AUDIO_MS * BYTES_PER_MS) {
      const dropped = held.shift()?.length ?? 0;
      this.#heldBytes -= dropped;
      this.#droppedBytes += dropped;
    }
  }

  #append(mulaw: Buffer): void {
    this.#sentBytes += mulaw.length;
    this.#options.send(
      `{"type":"input_audio_buffer.append","audio":"${this.#options.audio.toServer(mulaw)}"}`,
    );
  }
}

function isSilent(mulaw: Buffer): boolean {
  for (let at = 0; at < mulaw.length; at++) if (IS_SOUND[mulaw[at] ?? SILENCE] === 1) return false;
  return true;
}
