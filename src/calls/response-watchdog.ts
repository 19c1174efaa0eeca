import type { Agent, ResponseTrigger } from '../agents/agent.js';
import type { Playback } from '../twilio/playback.js';

/** After so long without a word of the agent the caller hears "One moment, please". */
const LATE_MS = 2000;
/** After so long the agent has failed: two seconds, the bridging words, and six more. */
const SILENT_MS = 9000;
/** A caller who seems to talk for longer is a radio: the agent is watched all the same. */
const LISTENING_MS = 30_000;

export interface ResponseWatchdogOptions {
  /** Who has the call now; null: nobody. */
  readonly agent: () => Pick<Agent, 'mustRespondAfter'> | null;
  readonly playback: Pick<Playback, 'isAwaitingAudio' | 'unheardMs' | 'dryAt'>;
  /** The agent is late: it has to respond and has said nothing for 2 s. */
  readonly onLate: () => void;
  /** It said nothing after that either. */
  readonly onSilent: () => void;
}

/**
 * Watches that the caller does not wait in silence: for an expected response of the agent, or for the rest of an utterance that it has
 * begun. A silent caller is never taken for a silent agent: an agent of which no response is expected is not watched. Audio that plays or
 * waits to be sent, and a caller who speaks, are no silence.
 *
 * One timer, moved only when it fires: neither a frame nor a message of audio touches it. It keeps no process alive.
 */
export class ResponseWatchdog {
  readonly #options: ResponseWatchdogOptions;
  /** Since when a response is expected (monotonic ms); null: none is. */
  #expectedSince: number | null = null;
  /** What it answers. */
  #trigger: ResponseTrigger = 'start';
  /** When the last thing happened that needs a response. */
  #since = 0;
  /** How long after that the agent is late. */
  #graceMs = LATE_MS;
  /** When the silence began in which the caller was asked to wait; null: not asked. */
  #lateSince: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  /** The caller speaks right now. */
  callerSpeaks = false;

  constructor(options: ResponseWatchdogOptions) {
    this.#options = options;
  }

  get isExpecting(): boolean {
    return this.#expectedSince !== null;
  }

  /** What the caller has said has not been answered yet. */
  get isExpectingAnswer(): boolean {
    return this.isExpecting && this.#trigger === 'speech';
  }

  /** The caller was asked to wait, and nothing was said since. */
  get isLate(): boolean {
    return this.#lateSince !== null;
  }

  /** Something happened to which the agent may have to respond. `hasWaited`: see `expect`. */
  after(trigger: ResponseTrigger, hasWaited = false): void {
    if (!this.#triggers.includes(trigger)) return;
    this.#trigger = trigger;
    this.expect(hasWaited);
  }

  /** A response is expected from now on. `hasWaited`: the caller waited for another agent before, and is asked to wait at once. */
  expect(hasWaited = false): void {
    if (this.#isOver) return;
    this.#since = performance.now();
    this.#expectedSince ??= this.#since;
    this.#graceMs = hasWaited ? 0 : LATE_MS;
    this.#arm(this.#graceMs);
  }

  /** The agent has begun an utterance: audio must follow, if it ever has to respond. */
  opened(): void {
    if (this.#isOver || this.#triggers.length === 0) return;
    if (!this.isExpecting) this.#since = performance.now();
    if (!this.#timer) this.#arm(LATE_MS);
  }

  /** Audio of the agent is on its way to the caller. */
  satisfied(): void {
    this.#expectedSince = null;
    this.#lateSince = null;
    this.#graceMs = LATE_MS;
  }

  /** No response is expected any more of the agent that had the call. */
  stop(): void {
    this.satisfied();
    this.callerSpeaks = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The call comes to its end: none is ever expected again. */
  end(): void {
    this.#isOver = true;
    this.stop();
  }

  get #triggers(): readonly ResponseTrigger[] {
    return this.#options.agent()?.mustRespondAfter ?? [];
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

  // A late agent that is asked again has two seconds at least.
  #dueAt(silentSince: number): number {
    if (this.#lateSince === null) return silentSince + this.#graceMs;
    return Math.max(this.#lateSince + SILENT_MS, this.#since + LATE_MS);
  }
}
