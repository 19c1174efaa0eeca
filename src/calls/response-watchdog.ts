import type { Playback } from '../twilio/playback.js';

/** Nobody has spoken for so long: the caller is told to wait a moment. */
const LATE_MS = 2000;
/** The word that bridges it takes a second; after six more without any the agent has failed. */
const SILENT_MS = 9000;
/** What sounds like a caller who does not stop talking is a radio: the agent is looked at all the same. */
const LISTENING_MS = 30_000;

export interface ResponseWatchdogOptions {
  readonly playback: Pick<Playback, 'isAwaitingAudio' | 'unheardMs' | 'dryAt'>;
  /** The agent is late: it owes words and nothing was said for 2 s. */
  readonly onLate: () => void;
  /** Nothing came after that either. */
  readonly onSilent: () => void;
}

/**
 * Watches that nobody waits in silence for words of the agent: those that it owes the caller, and the rest of an utterance that it has
 * begun. A caller who is silent is never taken for a silent agent, because an agent that owes nothing is not watched; and nothing is taken
 * for silence while audio plays or waits to be sent, or while the caller speaks.
 *
 * One timer, moved on only when it fires: neither a frame nor a message of audio costs one. It keeps no process alive.
 */
export class ResponseWatchdog {
  readonly #options: ResponseWatchdogOptions;
  /** Since when the agent owes words without having said any (monotonic ms); null: it owes none. */
  #expectedSince: number | null = null;
  /** What words are waited for happened last then. */
  #since = 0;
  /** How long after that the agent is late. */
  #graceMs = LATE_MS;
  /** When the silence began in which the caller was told to wait; null: not told. */
  #lateSince: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** The caller speaks right now. */
  callerSpeaks = false;

  constructor(options: ResponseWatchdogOptions) {
    this.#options = options;
  }

  get isExpecting(): boolean {
    return this.#expectedSince !== null;
  }

  /** The caller was told to wait, and nothing was said since. */
  get isLate(): boolean {
    return this.#lateSince !== null;
  }

  /** The agent owes words from now on. `hasWaited`: the caller waited for another's before, and is told to wait as soon as there are none. */
  expect(hasWaited = false): void {
    this.#since = performance.now();
    this.#expectedSince ??= this.#since;
    this.#graceMs = hasWaited ? 0 : LATE_MS;
    this.#arm(this.#graceMs);
  }

  /** The agent has begun an utterance: audio must follow. */
  opened(): void {
    if (!this.isExpecting) this.#since = performance.now();
    if (!this.#timer) this.#arm(LATE_MS);
  }

  /** Audio of the agent is on its way to the caller. */
  satisfied(): void {
    this.#expectedSince = null;
    this.#lateSince = null;
    this.#graceMs = LATE_MS;
  }

  /** Nothing is watchdog any more, by nobody. */
  stop(): void {
    this.satisfied();
    this.callerSpeaks = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), ms).unref();
  }

  #check(): void {
    this.#timer = null;
    const { playback, onLate, onSilent } = this.#options;
    if (!this.isExpecting && !playback.isAwaitingAudio) return this.satisfied();
    if (playback.unheardMs > 0) return this.#arm(playback.unheardMs + LATE_MS);
    const now = performance.now();
    const silentSince = Math.max(this.#since, playback.dryAt);
    const isListening = now - (this.#expectedSince ?? silentSince) < LISTENING_MS;
    const dueAt = this.#dueAt(silentSince);
    if (isListening && now < dueAt) return this.#arm(dueAt - now);
    if (isListening && this.callerSpeaks) return this.#arm(LATE_MS);
    if (this.#lateSince !== null) return onSilent();
    this.#lateSince = silentSince;
    this.#arm(SILENT_MS - LATE_MS);
    onLate();
  }

  // Who is asked again, having been late, is given two seconds at least.
  #dueAt(silentSince: number): number {
    if (this.#lateSince === null) return silentSince + this.#graceMs;
    return Math.max(this.#lateSince + SILENT_MS, this.#since + LATE_MS);
  }
}
