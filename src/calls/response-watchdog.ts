import type { Agent, ResponseTrigger } from '../agents/agent.js';
import type { MediaStream } from '../twilio/media-stream.js';
import type { Playback } from '../twilio/playback.js';

/** After so long without a word the caller is asked to wait: "One moment, please". */
const LATE_MS = 2000;
/** After so long without a word of its own a late agent has failed. */
const SILENT_MS = 6000;
/** A caller who seems to talk for longer is a radio: the agent is watched all the same. */
const LISTENING_MS = 30_000;

export interface ResponseWatchdogOptions {
  /** Who has the call now; null: nobody. */
  readonly agent: () => Pick<Agent, 'mustRespondAfter'> | null;
  readonly playback: Pick<Playback, 'isAwaitingAudio' | 'unheardMs' | 'dryAt'>;
  readonly guard: MediaStream['guard'];
  /**
   * The caller has heard nothing for 2 s, for the `nth` time since they wait, counted from 1, whoever had the call. `isFirst`: of the
   * agent that has the call now.
   */
  readonly onLate: (nth: number, isFirst: boolean) => void;
  /** It said nothing after that either. */
  readonly onSilent: () => void;
}

/**
 * Watches that the caller does not wait in silence: for an expected response of the agent, or for the rest of an utterance that it has
 * begun. A silent caller is never taken for a silent agent: an agent of which no response is expected is not watched. Audio that plays or
 * waits to be sent, and a caller who speaks, are no silence. The caller's wait goes on when one agent follows another; each agent has its own time.
 *
 * One timer, moved only when it fires: neither a frame nor a message of audio touches it. It keeps no process alive.
 */
export class ResponseWatchdog {
  readonly #options: ResponseWatchdogOptions;
  /** Since when the caller waits for words, whoever has the call (monotonic ms); null: they do not. */
  #waitingSince: number | null = null;
  /** How often they were asked to wait since then, and when last. */
  #bridges = 0;
  #bridgedAt = 0;
  /** Since when a response of this agent is expected; null: none is. */
  #expectedSince: number | null = null;
  /** What it answers. */
  #trigger: ResponseTrigger = 'start';
  /** When the last thing happened that needs a response. */
  #since = 0;
  /** When the agent's silence began in which the caller was asked to wait; null: not asked since this agent has spoken. */
  #lateSince: number | null = null;
  #callerSpeaks = false;
  /** When the caller spoke last. */
  #spokeUntil = 0;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

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

  /** The caller waits, and was asked so often to. */
  hasBridged(times: number): boolean {
    return this.#waitingSince !== null && this.#bridges === times;
  }

  /** Something happened to which the agent may have to respond. */
  after(trigger: ResponseTrigger): void {
    const triggers = this.#triggers;
    // Who waits for words of the agent before waits for those of the one that follows.
    const isOwed = trigger === 'start' && triggers.length > 0 && this.#waitingSince !== null;
    if (!triggers.includes(trigger) && !isOwed) return;
    this.#trigger = trigger;
    this.expect();
  }

  /** A response is expected from now on. */
  expect(): void {
    if (this.#isOver) return;
    this.#since = performance.now();
    this.#expectedSince ??= this.#since;
    this.#waitingSince ??= this.#trigger === 'speech' ? this.#spokeUntil : this.#quietSince;
    this.#armAt(this.#dueAt);
  }

  /** The agent begins an utterance: audio must follow, if it ever has to respond. */
  opened(): void {
    if (this.#isOver || this.#triggers.length === 0) return;
    if (!this.isExpecting) {
      this.#since = performance.now();
      this.#waitingSince ??= this.#quietSince;
    }
    if (!this.#timer) this.#armAt(this.#dueAt);
  }

  /** Audio of the agent is on its way to the caller. */
  satisfied(): void {
    this.#expectedSince = null;
    this.#waitingSince = null;
    this.#lateSince = null;
    this.#bridges = 0;
  }

  callerSpeaks(): void {
    this.#callerSpeaks = true;
  }

  /** `since` (monotonic ms): the caller has said nothing any more. */
  callerIsSilent(since: number): void {
    this.#callerSpeaks = false;
    this.#spokeUntil = since;
    // What they have said takes the agent as long as anything else.
    const isListening = since - (this.#waitingSince ?? since) < LISTENING_MS;
    if (this.#lateSince !== null && isListening) this.#lateSince = Math.max(this.#lateSince, since);
    if (this.#timer) this.#armAt(this.#dueAt);
  }

  /** No response is expected any more of the agent that had the call; the caller may still wait for one. */
  stop(): void {
    const isWaiting = this.isExpecting || this.#options.playback.isAwaitingAudio;
    const waitingSince = isWaiting ? (this.#waitingSince ?? performance.now()) : null;
    const bridges = this.#bridges;
    this.satisfied();
    if (waitingSince !== null) [this.#waitingSince, this.#bridges] = [waitingSince, bridges];
    this.#callerSpeaks = false;
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

  /** An utterance that has run dry was waited for before anything else was expected. */
  get #quietSince(): number {
    const { isAwaitingAudio, dryAt } = this.#options.playback;
    return isAwaitingAudio ? Math.min(dryAt, this.#since) : this.#since;
  }

  /** When the caller has heard nothing for too long, if nothing more plays. */
  get #dueAt(): number {
    const { dryAt } = this.#options.playback;
    const waitingSince = this.#waitingSince ?? this.#quietSince;
    return Math.max(waitingSince, dryAt, this.#spokeUntil, this.#bridgedAt) + LATE_MS;
  }

  /** When a late agent has failed: one that is asked again has two seconds at least. */
  get #failsAt(): number {
    if (this.#lateSince === null) return Number.POSITIVE_INFINITY;
    return Math.max(this.#lateSince + SILENT_MS, this.#since + LATE_MS);
  }

  #armAt(time: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#arm(Math.max(0, Math.min(time, this.#failsAt) - performance.now()));
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#options.guard(() => this.#check()), ms).unref();
  }

  #check(): void {
    this.#timer = null;
    const { playback, onSilent } = this.#options;
    if (!this.isExpecting && !playback.isAwaitingAudio) return this.satisfied();
    const now = performance.now();
    const isListening = now - (this.#waitingSince ?? now) < LISTENING_MS;
    const isSpokenTo = isListening && this.#callerSpeaks;
    if (now >= this.#failsAt && !isSpokenTo) return onSilent();
    if (playback.unheardMs > 0) return this.#armAt(now + playback.unheardMs + LATE_MS);
    if (isListening && now < this.#dueAt) return this.#armAt(this.#dueAt);
    if (isSpokenTo) return this.#arm(LATE_MS);
    this.#ask(now);
  }

  #ask(now: number): void {
    const { playback, onLate } = this.#options;
    const isFirst = this.#lateSince === null;
    // What plays after a bridge is not the agent's.
    const spokeUntil = this.#bridges > 0 ? 0 : playback.dryAt;
    this.#lateSince ??= Math.max(this.#since, spokeUntil, this.#spokeUntil);
    this.#waitingSince ??= now;
    this.#bridges += 1;
    this.#bridgedAt = now;
    this.#armAt(now + LATE_MS);
    onLate(this.#bridges, isFirst);
  }
}
