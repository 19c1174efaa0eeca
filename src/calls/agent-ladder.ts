import type { Agent, AgentFactory, CallControl, Cue, Heard, Sayable, SpokenPiece } from '../agents/agent.js';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Playback } from '../twilio/playback.js';
import { type AgentFailure, AgentSeat } from './agent-seat.js';
import type { Conversation } from './conversation.js';
import { WordsOwed } from './words-owed.js';

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

export interface AgentLadderOptions extends Pick<CallControl, 'session' | 'caller' | 'interrupt'> {
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

interface Rung {
  readonly name: 'agent' | 'again' | 'fallback';
  readonly create: AgentFactory;
}

/**
 * The agents of one call, of whom one at a time has it. When that one fails, the next goes on where it was, as after a break: another of its
 * kind, then the fallback, then a person. An agent has failed when it throws, says so itself, hands over what makes no sense, or
 * leaves the caller in silence.
 */
export class AgentLadder {
  readonly #options: AgentLadderOptions;
  readonly #rungs: readonly Rung[];
  readonly #owed: WordsOwed;
  #rung = 0;
  #seat: AgentSeat | null = null;
  #takenAt = 0;
  #starting = false;
  /** The call comes to its end: nobody takes over any more. */
  #leaving = false;
  /** What words are owed after. */
  #cue: Cue = 'start';

  constructor(options: AgentLadderOptions) {
    this.#options = options;
    const { createAgent, createFallbackAgent } = options.agents;
    this.#rungs = [
      { name: 'agent', create: createAgent },
      { name: 'again', create: createAgent },
      ...(createFallbackAgent ? [{ name: 'fallback' as const, create: createFallbackAgent }] : []),
    ];
    this.#owed = new WordsOwed({
      playback: options.playback,
      onLate: () => this.#onLate(),
      onSilent: () => this.#seat?.fail('silent'),
    });
  }

  /** Begins with the first agent. `resumed`: see `Agent.start`. */
  start(resumed: boolean): void {
    this.#climb(resumed, false);
  }

  /** The caller's speech must be looked for: for the agent, or to know when it owes an answer. */
  get listens(): boolean {
    return this.turnDetection === 'local' || this.#owes('speech');
  }

  get turnDetection(): Agent['turnDetection'] {
    return this.#seat?.agent?.turnDetection ?? 'keypad';
  }

  /** Between two agents nobody knows what a key is for. */
  get keysAreSecret(): boolean {
    return this.#seat?.agent?.keysAreSecret ?? true;
  }

  pushAudio(frame: Buffer): void {
    this.#seat?.tell((agent) => agent.pushAudio(frame));
  }

  onDigit(digit: string): void {
    this.#owe('key');
    this.#seat?.tell((agent) => agent.onDigit(digit));
  }

  onInterrupted(heard: Heard): void {
    this.#seat?.tell((agent) => agent.onInterrupted(heard));
  }

  onSpeechStarted(atMs: number): void {
    this.#owed.callerSpeaks = true;
    if (this.turnDetection === 'local') this.#seat?.tell((agent) => agent.onSpeechStarted(atMs));
  }

  onSpeechEnded(atMs: number): void {
    this.#owed.callerSpeaks = false;
    this.#owe('speech');
    if (this.turnDetection === 'local') this.#seat?.tell((agent) => agent.onSpeechEnded(atMs));
  }

  onFalseStart(unheard: readonly Sayable[]): void {
    this.#seat?.tell((agent) => agent.onFalseStart(unheard));
  }

  /** The agent has begun an utterance. */
  onOpened(): void {
    if (!this.#leaving && this.#owesAnything) this.#owed.opened();
  }

  /** Audio of the agent is on its way. */
  onWords(): void {
    this.#owed.paid();
  }

  /** The agent has decided on the call's end and owes no more than what it says until then. */
  leave(): void {
    this.#leaving = true;
    this.#owed.stop();
  }

  /** The stream is gone. */
  stop(): void {
    this.leave();
    const seat = this.#seat;
    this.#seat = null;
    seat?.leave();
  }

  #climb(resumed: boolean, hasWaited: boolean): void {
    const rung = this.#rungs[this.#rung];
    if (!rung) return this.#options.end('transferring');
    const seat = this.#newSeat();
    this.#seat = seat;
    this.#takenAt = performance.now();
    this.#starting = true;
    seat.take(rung.create);
    this.#owe('start', hasWaited);
    seat.tell((agent) => agent.start(resumed));
    this.#starting = false;
    if (!seat.isOn && !this.#leaving) this.#replace(seat, hasWaited);
  }

  #newSeat(): AgentSeat {
    const { session, caller, conversation, playback, interrupt, end, logger } = this.#options;
    const seat = new AgentSeat({
      control: {
        session,
        caller,
        interrupt,
        say: (pieces) => conversation.say(pieces),
        open: () => conversation.open(),
        hangUp: () => end('completed'),
        transfer: () => end('transferring'),
        backlogMs: () => playback.unheardMs,
        onUnsaid: () => !this.#leaving && this.#owed.owe(),
        isSilent: () => this.#owed.isOwed && playback.isIdle,
      },
      onFault: (reason, error) => this.#onFault(seat, reason, error),
      onStuck: (error) => logger.error({ err: error }, 'The agent failed to stop'),
    });
    return seat;
  }

  // The next one begins when all that goes on now is done: it is told nothing that happened before it.
  #onFault(seat: AgentSeat, reason: AgentFailure, error: unknown): void {
    const { metrics, logger } = this.#options;
    const rung = this.#rungs[this.#rung]?.name ?? 'agent';
    const { name, code } = summarize(error);
    metrics.agentFailures.inc({ rung, reason });
    logger.warn({ rung, reason, ...(error ? { error: code ?? name } : {}) }, 'An agent has failed on a call');
    if (!this.#starting) setImmediate(() => this.#replace(seat, reason === 'silent'));
  }

  #replace(seat: AgentSeat, hasWaited: boolean): void {
    if (this.#seat !== seat) return;
    this.#seat = null;
    this.#owed.stop();
    seat.leave();
    this.#cutUnfinished();
    if (this.#leaving) return;
    const isProven = performance.now() - this.#takenAt >= PROVEN_MS;
    if (this.#rung === 0 || !isProven) this.#rung += 1;
    this.#climb(true, hasWaited);
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
    const seat = this.#seat;
    this.#options.metrics.lateAgents.inc();
    this.#bridge(seat).catch(() => undefined);
    if (this.#owed.isOwed && this.#cue === 'speech') seat?.tell((agent) => agent.onUnanswered());
  }

  /** Without a voice the agent alone can break the silence. */
  async #bridge(seat: AgentSeat | null): Promise<void> {
    const { agents, conversation } = this.#options;
    const piece = agents.oneMoment();
    if (!(piece instanceof Promise)) return conversation.interject(piece);
    const made = await piece;
    if (this.#seat === seat && this.#owed.isLate) conversation.interject(made);
  }

  #owe(cue: Cue, hasWaited = false): void {
    if (this.#leaving || !this.#owes(cue)) return;
    this.#cue = cue;
    this.#owed.owe(hasWaited);
  }

  #owes(cue: Cue): boolean {
    return this.#seat?.agent?.owesWordsAfter.includes(cue) ?? false;
  }

  get #owesAnything(): boolean {
    return (this.#seat?.agent?.owesWordsAfter.length ?? 0) > 0;
  }
}
