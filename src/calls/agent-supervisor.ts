import type { Agent, AgentFactory, CallControl, ResponseTrigger } from '../agents/agent.js';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Playback } from '../twilio/playback.js';
import type { Heard, Sayable, SpokenPiece } from '../twilio/utterance.js';
import type { Conversation } from './conversation.js';
import { type AgentFailure, GuardedAgent } from './guarded-agent.js';
import { ResponseWatchdog } from './response-watchdog.js';

/** An agent that has done so long is worth another of its kind, however many there were before. */
const PROVEN_MS = 60_000;

/** Who may have the call, one after the other. */
export interface Agents {
  readonly createAgent: AgentFactory;
  /** Takes over when two of the others have failed; undefined: a person does. */
  readonly createFallbackAgent: AgentFactory | undefined;
  /** What the caller hears when an agent is late; rejects when the voice fails. */
  readonly oneMoment: () => SpokenPiece | Promise<SpokenPiece>;
}

export interface AgentSupervisorOptions extends Pick<CallControl, 'session' | 'caller' | 'interrupt'> {
  readonly agents: Agents;
  readonly conversation: Pick<Conversation, 'say' | 'open' | 'interject' | 'interrupt'>;
  readonly playback: Pick<Playback, 'isIdle' | 'isAwaitingAudio' | 'unheardMs' | 'dryAt'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Ends the stream when everything said so far has been played. */
  readonly end: (as: 'completed' | 'transferring') => void;
  /** Another agent is about to begin. `cut`: what the one before was saying was cleared. */
  readonly onNewAgent: (cut: boolean) => void;
}

interface Fallback {
  readonly name: 'agent' | 'again' | 'fallback';
  readonly create: AgentFactory;
}

/**
 * The agents of one call, one at a time. When one fails, the next goes on where it was, as after a break: another of its kind, then the
 * fallback, then a person. An agent fails if it throws, says so itself, returns invalid audio or does not respond.
 */
export class AgentSupervisor {
  readonly #options: AgentSupervisorOptions;
  readonly #fallbacks: readonly Fallback[];
  readonly #watchdog: ResponseWatchdog;
  #position = 0;
  #current: GuardedAgent | null = null;
  #takenAt = 0;
  #starting = false;
  /** The call comes to its end: nobody takes over any more. */
  #leaving = false;
  /** What the expected response answers. */
  #trigger: ResponseTrigger = 'start';

  constructor(options: AgentSupervisorOptions) {
    this.#options = options;
    const { createAgent, createFallbackAgent } = options.agents;
    this.#fallbacks = [
      { name: 'agent', create: createAgent },
      { name: 'again', create: createAgent },
      ...(createFallbackAgent ? [{ name: 'fallback' as const, create: createFallbackAgent }] : []),
    ];
    this.#watchdog = new ResponseWatchdog({
      playback: options.playback,
      onLate: () => this.#onLate(),
      onSilent: () => this.#current?.fail('silent'),
    });
  }

  /** Begins with the first agent. `resumed`: see `Agent.start`. */
  start(resumed: boolean): void {
    this.#startNext(resumed, false);
  }

  /** The caller's speech must be looked for: for the agent, or to know when it has to respond. */
  get listens(): boolean {
    return this.turnDetection === 'local' || this.#mustRespondAfter('speech');
  }

  get turnDetection(): Agent['turnDetection'] {
    return this.#current?.agent?.turnDetection ?? 'keypad';
  }

  /** Between two agents nobody knows what a key is for. */
  get keysAreSecret(): boolean {
    return this.#current?.agent?.keysAreSecret ?? true;
  }

  pushAudio(frame: Buffer): void {
    this.#current?.tell((agent) => agent.pushAudio(frame));
  }

  onDigit(digit: string): void {
    this.#expectResponse('key');
    this.#current?.tell((agent) => agent.onDigit(digit));
  }

  onInterrupted(heard: Heard): void {
    this.#current?.tell((agent) => agent.onInterrupted(heard));
  }

  onSpeechStarted(atMs: number): void {
    this.#watchdog.callerSpeaks = true;
    if (this.turnDetection === 'local') this.#current?.tell((agent) => agent.onSpeechStarted(atMs));
  }

  onSpeechEnded(atMs: number): void {
    this.#watchdog.callerSpeaks = false;
    this.#expectResponse('speech');
    if (this.turnDetection === 'local') this.#current?.tell((agent) => agent.onSpeechEnded(atMs));
  }

  onFalseStart(unheard: readonly Sayable[]): void {
    this.#current?.tell((agent) => agent.onFalseStart(unheard));
  }

  /** The agent has begun an utterance. */
  onOpened(): void {
    if (!this.#leaving && this.#everMustRespond) this.#watchdog.opened();
  }

  /** Audio of the agent is on its way. */
  onWords(): void {
    this.#watchdog.satisfied();
  }

  /** The agent has decided to end the call: no further response is expected. */
  leave(): void {
    this.#leaving = true;
    this.#watchdog.stop();
  }

  /** The stream is gone. */
  stop(): void {
    this.leave();
    const guarded = this.#current;
    this.#current = null;
    guarded?.leave();
  }

  #startNext(resumed: boolean, hasWaited: boolean): void {
    const fallback = this.#fallbacks[this.#position];
    if (!fallback) return this.#options.end('transferring');
    const guarded = this.#newGuarded();
    this.#current = guarded;
    this.#takenAt = performance.now();
    this.#starting = true;
    guarded.make(fallback.create);
    this.#expectResponse('start', hasWaited);
    guarded.tell((agent) => agent.start(resumed));
    this.#starting = false;
    if (!guarded.isOn && !this.#leaving) this.#replace(guarded, hasWaited);
  }

  #newGuarded(): GuardedAgent {
    const { session, caller, conversation, playback, interrupt, end, logger } = this.#options;
    const guarded = new GuardedAgent({
      control: {
        session,
        caller,
        interrupt,
        say: (pieces) => conversation.say(pieces),
        open: () => conversation.open(),
        hangUp: () => end('completed'),
        transfer: () => end('transferring'),
        backlogMs: () => playback.unheardMs,
        onUnsaid: () => !this.#leaving && this.#watchdog.expect(),
        isSilent: () => this.#watchdog.isExpecting && playback.isIdle,
      },
      onFault: (reason, error) => this.#onFault(guarded, reason, error),
      onStuck: (error) => logger.error({ err: error }, 'The agent failed to stop'),
    });
    return guarded;
  }

  // The next one begins when all that goes on now is done: it is told nothing that happened before it.
  #onFault(guarded: GuardedAgent, reason: AgentFailure, error: unknown): void {
    const { metrics, logger } = this.#options;
    const fallback = this.#fallbacks[this.#position]?.name ?? 'agent';
    const { name, code } = summarize(error);
    metrics.agentFailures.inc({ rung: fallback, reason });
    logger.warn(
      { rung: fallback, reason, ...(error ? { error: code ?? name } : {}) },
      'An agent has failed on a call',
    );
    if (!this.#starting) setImmediate(() => this.#replace(guarded, reason === 'silent'));
  }

  #replace(guarded: GuardedAgent, hasWaited: boolean): void {
    if (this.#current !== guarded) return;
    this.#current = null;
    this.#watchdog.stop();
    guarded.leave();
    this.#cutUnfinished();
    if (this.#leaving) return;
    const isProven = performance.now() - this.#takenAt >= PROVEN_MS;
    if (this.#position === 0 || !isProven) this.#position += 1;
    this.#startNext(true, hasWaited);
  }

  // What it has said to its end is heard out; what it was in the middle of never gets an end.
  #cutUnfinished(): void {
    const { conversation, playback, onNewAgent } = this.#options;
    const cut = playback.isAwaitingAudio;
    if (cut) conversation.interrupt();
    onNewAgent(cut);
  }

  // Speech may have been a noise, which nobody answers. But once the caller has been told to wait, words must follow: the agent is
  // asked for them, and has failed only if it then says nothing.
  #onLate(): void {
    const guarded = this.#current;
    this.#options.metrics.lateAgents.inc();
    this.#bridge(guarded).catch(() => undefined);
    if (this.#watchdog.isExpecting && this.#trigger === 'speech')
      guarded?.tell((agent) => agent.onUnanswered());
  }

  /** Without a voice the agent alone can break the silence. */
  async #bridge(guarded: GuardedAgent | null): Promise<void> {
    const { agents, conversation } = this.#options;
    const piece = agents.oneMoment();
    if (!(piece instanceof Promise)) return conversation.interject(piece);
    const made = await piece;
    if (this.#current === guarded && this.#watchdog.isLate) conversation.interject(made);
  }

  #expectResponse(trigger: ResponseTrigger, hasWaited = false): void {
    if (this.#leaving || !this.#mustRespondAfter(trigger)) return;
    this.#trigger = trigger;
    this.#watchdog.expect(hasWaited);
  }

  #mustRespondAfter(trigger: ResponseTrigger): boolean {
    return this.#current?.agent?.mustRespondAfter.includes(trigger) ?? false;
  }

  get #everMustRespond(): boolean {
    return (this.#current?.agent?.mustRespondAfter.length ?? 0) > 0;
  }
}
