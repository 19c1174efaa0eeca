import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { ServerMessage } from '../server-message.js';

/** Where so much audio is missing, what is being said is over. */
const HOLE_MS = 200;
/** A pause between sentences does not end what is being said. */
const PAUSE_MS = 1000;

/** Speech that is heard as one: from its first sound to its last, or to the `clear` that cut it off. */
export interface Spell {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When a server can be heard, played as Twilio does: in order, at 8 bytes a millisecond. Silence takes its time like any audio
 * and is no speech: some servers send it without end.
 */
export class SpeechClock {
  readonly #spells: { fromMs: number; toMs: number }[] = [];
  #playedTo = 0;
  #silentMs = 0;
  #cleared = false;

  get spells(): readonly Spell[] {
    return this.#spells;
  }

  /** When all that has come will have been played. */
  get playedTo(): number {
    return this.#playedTo;
  }

  /** For how long the server has been speaking; 0 while it is silent. Like all that follow at `nowMs`, which never goes back. */
  spokenForMs(nowMs: number): number {
    const spell = this.#spells.at(-1);
    return spell && spell.fromMs <= nowMs && nowMs < spell.toMs ? nowMs - spell.fromMs : 0;
  }

  /** How much of what it said is still to be heard; silence behind it does not count. */
  unheardMs(nowMs: number): number {
    return Math.max(0, (this.#spells.at(-1)?.toMs ?? 0) - nowMs);
  }

  /** For how long it has been silent; 0 while it is not. */
  silentForMs(nowMs: number): number {
    return Math.max(0, nowMs - (this.#spells.at(-1)?.toMs ?? 0));
  }

  /** Messages come in order; `atMs` never goes back. */
  take(message: ServerMessage, atMs: number): void {
    if (message.event === 'clear') this.#clear(atMs);
    else if (message.event === 'media') this.#play(message.audio, atMs);
  }

  #play(audio: Buffer, atMs: number): void {
    const fromMs = Math.max(this.#playedTo, atMs);
    const ms = audio.length / BYTES_PER_MS;
    this.#playedTo = fromMs + ms;
    if (isSilent(audio)) this.#silentMs += ms;
    else this.#sound(fromMs);
  }

  #sound(fromMs: number): void {
    const last = this.#spells.at(-1);
    const gapMs = last ? fromMs - last.toMs : Number.POSITIVE_INFINITY;
    const goesOn = !this.#cleared && gapMs <= PAUSE_MS && gapMs - this.#silentMs <= HOLE_MS;
    if (last && goesOn) last.toMs = this.#playedTo;
    else this.#spells.push({ fromMs, toMs: this.#playedTo });
    this.#silentMs = 0;
    this.#cleared = false;
  }

  #clear(atMs: number): void {
    const unheard = this.#spells.findIndex(({ fromMs }) => fromMs >= atMs);
    if (unheard !== -1) this.#spells.splice(unheard);
    const last = this.#spells.at(-1);
    if (last) last.toMs = Math.min(last.toMs, atMs);
    this.#playedTo = Math.min(this.#playedTo, atMs);
    this.#silentMs = 0;
    this.#cleared = true;
  }
}

/** Nothing in it is louder than the noise of a line. */
function isSilent(audio: Buffer): boolean {
  return audio.every((byte) => (byte & 0x7f) >= 0x70);
}
