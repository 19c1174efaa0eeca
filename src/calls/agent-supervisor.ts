import type { Agent, AgentFactory, AgentFailure, CallControl } from '../agents/agent.js';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { MaybePromise } from '../core/maybe-promise.js';
import type { Metrics } from '../core/metrics.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { MediaStream } from '../twilio/media-stream.js';
import type { Playback } from '../twilio/playback.js';
import type { Sayable, SpokenPiece } from '../twilio/spoken-piece.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import type { AgentReports } from './agent-reports.js';
import type { Conversation } from './conversation.js';
import { GuardedAgent } from './guarded-agent.js';
import { ResponseWatchdog } from './response-watchdog.js';
import type { ControlledCall } from './revocable-control.js';

/** An agent that has done so long is worth another of its kind, however many there were before. */
const PROVEN_MS = 60_000;
/** Where the fallback stands among those who may have the call: behind the two of the first kind. */
const FALLBACK = 2;

/** Who may have the call, one after the other. */
export interface Agents {
  readonly createAgent: AgentFactory;
  /** Takes over when two of the others have failed, or one was refused; undefined: a person does. */
  readonly createFallbackAgent: AgentFactory | undefined;
  /** What the caller hears when they have waited too long, for the `nth` time in a row, counted from 1; rejects when the voice fails. */
  readonly oneMoment: (nth: number) => MaybePromise<SpokenPiece>;
  /** The same, and an observer is told what they ask the desk; absent: it is told nothing. */
  readonly observed?: (observer: StreamObserver) => Agents;
}

export interface AgentSupervisorOptions
  extends Omit<ControlledCall, 'conversation' | 'playback' | 'watchdog' | 'reports'> {
  readonly reports: Pick<AgentReports, 'add' | 'begins'>;
  readonly agents: Agents;
  readonly conversation: Pick<Conversation, 'say' | 'open' | 'interject' | 'interrupt'>;
  readonly playback: Pick<
    Playback,
    'isIdle' | 'isAwaitingAudio' | 'forgetAwaited' | 'unheardMs' | 'dryAt' | 'speaking'
  >;
  readonly guard: MediaStream['guard'];
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Somebody can be dialled. */
  readonly hasPerson: boolean;
  /** Another agent is about to begin. `cut`: what the one before was saying was cleared. */
  readonly onNewAgent: (cut: boolean) => void;
}

/**
 * The agents of one call, one at a time. When one fails, the next goes on where it was, as after a break: another of its kind, then the
 * fallback, then a person. An agent fails if it throws, says so itself, returns invalid audio or does not respond.
 */
export class AgentSupervisor {
  readonly #options: AgentSupervisorOptions;
  readonly #candidates: readonly (readonly [name: 'first' | 'again' | 'fallback', create: AgentFactory])[];
  readonly #watchdog: ResponseWatchdog;
  #position = 0;
  #current: GuardedAgent | null = null;
  #takenAt = 0;
  #starting = false;
  /** The call comes to its end: nobody takes over any more. */
  #leaving = false;

  constructor(options: AgentSupervisorOptions) {
    this.#options = options;
    const { createAgent, createFallbackAgent } = options.agents;
    this.#candidates = [
      ['first', createAgent],
      ['again', createAgent],
      ...(createFallbackAgent ? [['fallback', createFallbackAgent] as const] : []),
    ];
    this.#watchdog = new ResponseWatchdog({
      agent: () => this.#agent,
      playback: options.playback,
      guard: options.guard,
      onLate: (nth, isFirst) => this.#onLate(nth, isFirst),
      onSilent: () => this.#current?.fail('silent'),
    });
  }

  /** Begins with whoever's turn it is. `resumed`: see `Agent.start`. */
  start(resumed: boolean): void {
    const candidate = this.#candidates[this.#position];
    if (!candidate) return this.#leaveToPerson();
    const call = { ...this.#options, watchdog: this.#watchdog };
    const guarded = new GuardedAgent(call, (reason, error) => this.#onFault(guarded, reason, error));
    this.#current = guarded;
    this.#takenAt = performance.now();
    this.#starting = true;
    guarded.make(candidate[1]);
    if (guarded.agent) this.#options.reports.begins(guarded.agent.name ?? 'agent');
    this.#watchdog.after('start');
    guarded.tell((agent) => agent.start(resumed));
    this.#starting = false;
    if (!guarded.isOn && !this.#leaving) this.#replace(guarded);
  }

  /** The caller's speech must be looked for: for the agent, or to know when it has to respond. */
  get listens(): boolean {
    return this.turnDetection === 'local' || this.#agent?.mustRespondAfter?.includes('speech') === true;
  }

  get turnDetection(): Agent['turnDetection'] {
    return this.#agent?.turnDetection ?? 'keypad';
  }

  /** Between two agents nobody knows what a key is for. */
  get keysAreSecret(): boolean {
    return this.#agent ? this.#agent.keysAreSecret === true : true;
  }

  /** Calls whoever has the call. What it throws goes no further. */
  tell(what: (agent: Agent, control: CallControl) => unknown): void {
    this.#current?.tell(what);
  }

  /** One frame of the caller, silence where none came. */
  pushAudio(frame: Buffer): void {
    this.#current?.pushAudio(frame);
  }

  onDigit(digit: string): void {
    this.#watchdog.after('key');
    this.tell((agent) => agent.onDigit(digit));
  }

  onSpeechStarted(atMs: number): void {
    this.#watchdog.callerSpeaks();
    if (this.turnDetection === 'local') this.tell((agent) => agent.onSpeechStarted?.(atMs));
  }

  /** `since`: the same as monotonic ms. */
  onSpeechEnded(atMs: number, since: number): void {
    this.#watchdog.callerIsSilent(since);
    this.#watchdog.after('speech');
    if (this.turnDetection === 'local') this.tell((agent) => agent.onSpeechEnded?.(atMs));
  }

  /** What was cut off by mistake is said again, by the agent or for it. */
  onFalseStart(unheard: readonly Sayable[]): void {
    this.tell((agent, control) =>
      agent.onFalseStart ? agent.onFalseStart(unheard) : void control.say(unheard),
    );
  }

  /** The agent begins an utterance. */
  onOpened(): void {
    this.#watchdog.opened();
  }

  /** Audio of the agent is on its way. */
  onWords(): void {
    this.#watchdog.satisfied();
  }

  /** The agent has decided to end the call: no further response is expected. */
  leave(): void {
    this.#leaving = true;
    this.#watchdog.end();
  }

  /** The stream is gone. */
  stop(): void {
    this.leave();
    if (this.#current) this.#stop(this.#current);
    this.#current = null;
  }

  // Where nobody can be dialled, what follows the stream says that the shop rings back.
  #leaveToPerson(): void {
    const { session, caller, hasPerson, end } = this.#options;
    const { collected_data } = session.data;
    if (!hasPerson && normalizePhone(caller.phone) !== null)
      session.change({ collected_data: { ...collected_data, callback_requested: true } });
    end('transferring');
  }

  get #agent(): Agent | null {
    return this.#current?.agent ?? null;
  }

  // The next one begins when all that goes on now is done: it is told nothing that happened before it.
  #onFault(guarded: GuardedAgent, reason: AgentFailure, error: unknown): void {
    const { metrics, logger, guard } = this.#options;
    const [agent = 'first'] = this.#candidates[this.#position] ?? [];
    const { name, code } = summarize(error);
    metrics.agentFailures.inc({ agent, reason });
    logger.warn(
      { agent, reason, ...(error ? { error: code ?? name } : {}) },
      'An agent has failed on a call',
    );
    guarded.mayBeTriedAgain = reason !== 'refused' && reason !== 'spent';
    if (!this.#starting) setImmediate(() => guard(() => this.#replace(guarded)));
  }

  #replace(guarded: GuardedAgent): void {
    if (this.#current !== guarded) return;
    this.#current = null;
    this.#watchdog.stop();
    this.#stop(guarded);
    // What it has said to its end is heard out; what it was in the middle of never gets an end.
    const { conversation, playback, onNewAgent } = this.#options;
    const cut = playback.isAwaitingAudio && !playback.forgetAwaited();
    if (cut) conversation.interrupt();
    onNewAgent(cut);
    if (this.#leaving) return;
    const isProven = performance.now() - this.#takenAt >= PROVEN_MS;
    if (this.#position === 0 || !isProven) this.#position += 1;
    // Another of its kind would be refused alike.
    if (!guarded.mayBeTriedAgain) this.#position = Math.max(this.#position, FALLBACK);
    this.start(true);
  }

  #stop(guarded: GuardedAgent): void {
    const { logger } = this.#options;
    guarded.stop().catch((error) => logger.error({ err: error }, 'The agent failed to stop'));
  }

  // Speech may have been a noise, which nobody answers. But once the caller has been told to wait, words must follow: the agent is
  // asked for them, and has failed only if it then says nothing.
  #onLate(nth: number, isFirst: boolean): void {
    if (nth === 1) this.#options.metrics.lateAgents.inc();
    this.#bridge(nth).catch(() => undefined);
    if (isFirst && this.#watchdog.isExpectingAnswer) this.tell((agent) => agent.onUnanswered?.());
  }

  /** Without a voice the agent alone can break the silence. */
  async #bridge(nth: number): Promise<void> {
    const { agents, conversation } = this.#options;
    const piece = agents.oneMoment(nth);
    if (!(piece instanceof Promise)) return conversation.interject(piece);
    const made = await piece;
    if (this.#watchdog.hasBridged(nth)) conversation.interject(made);
  }
}
