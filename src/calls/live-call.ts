import type { Logger } from '../core/logger.js';
import { TokenBucket } from '../core/token-bucket.js';
import type { Caller } from '../desk/caller.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Intervention } from '../sessions/session.js';
import type { MediaStream } from '../twilio/media-stream.js';
import { Playback } from '../twilio/playback.js';
import type { PlayoutClock } from '../twilio/playout-clock.js';
import type { StreamEnd } from '../twilio/stream-observer.js';
import type { StreamListener } from '../twilio/stream-sides.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { Heard } from '../twilio/utterance.js';
import { AgentReports } from './agent-reports.js';
import { AgentSupervisor } from './agent-supervisor.js';
import type {
  CallDependencies,
  EarlyMessage,
  OpenedSession,
  RegisteredCall,
  StartedStream,
} from './call-dependencies.js';
import { Conversation } from './conversation.js';
import { GracefulHangup } from './graceful-hangup.js';
import { LatencyLog, PerceivedLatency } from './latency-log.js';
import { TurnTaking } from './turn-taking.js';

/** One live call: its stream, session, playback and agents. Nothing of a call lives anywhere else. */
export class LiveCall implements StreamListener, RegisteredCall {
  readonly claims: StreamClaims;
  readonly session: LiveSession;
  readonly wordsNow = () => this.#conversation.wordsBy(this.#clock.playedMs(performance.now()));
  readonly #deps: CallDependencies;
  readonly #logger: Logger;
  readonly #stream: MediaStream;
  readonly #clock: PlayoutClock;
  readonly #playback: Playback;
  readonly #delays: PerceivedLatency;
  readonly #hangup: GracefulHangup;
  readonly #conversation: Conversation;
  readonly #caller: Caller;
  readonly #agents: AgentSupervisor;
  readonly #turns: TurnTaking;
  /** More than anybody presses who means it: the session, and each write of it, grows with every key. */
  readonly #keys = new TokenBucket({ most: 40, perSecond: 3 });
  #phase: 'live' | 'leaving' | 'over' = 'live';
  readonly #guard: MediaStream['guard'] = (work) => this.#stream.guard(work);

  constructor(
    claims: StreamClaims,
    dependencies: CallDependencies,
    { stream, clock, startedAt }: StartedStream,
    { session }: OpenedSession,
  ) {
    this.claims = claims;
    this.session = session;
    this.#deps = dependencies;
    const { call_sid, stream_sid } = session.data;
    this.#logger = dependencies.logger.child({ call_sid, stream_sid, ...(claims.via ? { test: true } : {}) });
    this.#stream = stream;
    this.#clock = clock;
    this.#playback = this.#newPlayback();
    this.#delays = new PerceivedLatency(
      this.#playback,
      new LatencyLog(dependencies.metrics, session),
      startedAt,
    );
    const end = () => stream.close(1000, 'the agent has ended the stream');
    this.#hangup = new GracefulHangup(this.#playback, this.#guard, end);
    this.#conversation = this.#newConversation();
    this.#caller = this.#lookUpCaller();
    this.#agents = this.#newAgents();
    this.#turns = this.#newTurnTaking();
  }

  /** `early`: what came before the session was open. */
  begin(resumed: boolean, early: readonly EarlyMessage[]): void {
    const { attested } = this.#caller;
    this.#logger.info({ resumed, attested }, resumed ? 'Call resumed' : 'Call started');
    this.#agents.start(resumed);
    for (const message of early) {
      if ('digit' in message) this.#onKey(message.digit);
      else this.#turns.onMedia(message.audio, message.timestampMs, performance.now());
    }
  }

  /** A stream starts once, and has started before. */
  onStart(): void {}

  onMedia(audio: Buffer, timestampMs: number, receivedAt: number): void {
    this.#clock.onMedia(timestampMs, receivedAt);
    if (this.#phase === 'live') this.#turns.onMedia(audio, timestampMs, receivedAt);
  }

  onDigit(digit: string): void {
    // At its end the caller may still be at a code.
    if (this.#phase !== 'live' || this.#agents.keysAreSecret)
      this.#deps.observer?.note({ note: 'secret_key' });
    if (this.#keys.take()) this.#onKey(digit);
    else this.#deps.metrics.framesDropped.inc({ reason: 'too_many_keys' });
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onEnd(end: StreamEnd): void {
    const wasOver = this.#phase === 'over';
    const wasSpeaking = this.#playback.speaking;
    this.#leave();
    // No mark and no interruption has ended it: whoever picks the call up knows that the caller missed something.
    if (wasSpeaking && end !== 'stopped' && !this.#hangup.isOver) this.session.change({ speaking: true });
    if (!wasOver) this.#deps.registry.onEnd(this, end);
  }

  supersede(reason: string): void {
    this.#leave();
    this.release(reason);
  }

  yield(intervention: Intervention): boolean {
    if (this.#phase === 'over' || this.session.data.intervention) return false;
    this.#phase = 'leaving';
    this.#hangup.cancel();
    this.#agents.stop();
    this.#conversation.interrupt();
    const state = intervention.kind === 'transfer' ? 'transferring' : this.session.data.current_state;
    this.session.change({ intervention, current_state: state });
    const close = () => this.#stream.close(1000, 'the call was taken from its agent');
    this.#guard(() => this.session.flush().then(close));
    return true;
  }

  release(reason: string): void {
    this.#stream.close(1001, reason);
  }

  /** The one home of an interruption: Twilio told, `speaking` false, the history cut to what was heard, the agent told. `since`: when its cause began (monotonic ms). */
  interrupt(by: 'speech' | 'key' | 'agent', since: number): Heard | null {
    const [wasSpeaking, heard] = [this.#playback.speaking, this.#conversation.interrupt()];
    this.#turns.onCleared();
    if (!wasSpeaking || !heard) return null;
    this.#deps.metrics.interruptions.inc({ by });
    this.#deps.observer?.note({ note: 'interrupted', by, heard_ms: Math.round(heard.heardMs) });
    if (by !== 'agent') this.#delays.interrupted(by, since);
    this.session.change({ interruptions: this.session.data.interruptions + 1 });
    this.#agents.tell((agent) => agent.onInterrupted?.(heard));
    return heard;
  }

  #onKey(digit: string): void {
    if (this.#phase !== 'live') return;
    const now = performance.now();
    this.#clock.onSign(now);
    this.interrupt('key', now);
    this.#turns.onKey();
    this.#conversation.addCallerTurn(this.#agents.keysAreSecret ? 'pressed a key' : `pressed ${digit}`);
    this.#agents.onDigit(digit);
  }

  #onSpeaking(speaking: boolean): void {
    this.session.change({ speaking });
    if (speaking) this.#delays.agentSpeaks(this.#turns.onAgentSpeaks());
  }

  #onMarkStall(): void {
    this.#deps.metrics.markStalls.inc();
    this.#stream.probe();
    this.#logger.warn(
      'A mark is 2 s late: Twilio has more audio to play than it should; nothing is sent until the mark is back',
    );
  }

  #leaveWhenQuiet(state: 'completed' | 'transferring'): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'leaving';
    this.#agents.leave();
    this.session.change({ current_state: state });
    this.#hangup.begin();
  }

  #leave(): void {
    this.#hangup.cancel();
    this.#turns.stop();
    this.#phase = 'over';
    this.#playback.close();
    this.#agents.stop();
  }

  #newPlayback(): Playback {
    return new Playback({
      output: this.#stream,
      clock: this.#clock,
      ticker: this.#deps.ticker,
      listener: {
        onSpeaking: (speaking) => this.#onSpeaking(speaking),
        onSent: (audio, soundsAt, words) => this.#turns.onSent(audio, soundsAt, words),
        onMarkLag: (ms) => this.#delays.markLag(ms),
        onMarkStall: () => this.#onMarkStall(),
      },
    });
  }

  #newConversation(): Conversation {
    return new Conversation({
      session: this.session,
      playback: this.#playback,
      pace: this.#deps.pace,
      logger: this.#logger,
      onQuiet: () => this.#hangup.check(),
      onOpened: () => this.#agents.onOpened(),
      onWords: () => this.#agents.onWords(),
    });
  }

  /** Who calls by what the webhook said; nothing waits for the customer of the number. */
  #lookUpCaller(): Caller {
    const { from: phone, attestation } = this.claims;
    const [{ lookUp, isAttested }, { session }] = [this.#deps, this];
    const customer = lookUp(phone).then((found) => {
      // Written in any case: how often a session is stored must not tell whether the number is a customer's.
      if (this.#phase !== 'over') session.change({ customer_id: found?.id ?? session.data.customer_id });
      return found;
    });
    this.#guard(() => customer);
    return { phone, attested: isAttested(attestation), customer };
  }

  #newAgents(): AgentSupervisor {
    return new AgentSupervisor({
      ...this.#deps,
      session: this.session,
      caller: this.#caller,
      conversation: this.#conversation,
      playback: this.#playback,
      guard: this.#guard,
      logger: this.#logger,
      reports: new AgentReports(this.#deps.metrics, this.session),
      interrupt: () => void this.interrupt('agent', performance.now()),
      readLater: (ms) => this.#stream.readLater(this.#clock.untilHeard(ms)),
      end: (state) => this.#leaveWhenQuiet(state),
      onNewAgent: (cut) => this.#turns.onNewAgent(cut),
    });
  }

  #newTurnTaking(): TurnTaking {
    const interrupt = (onsetAt: number) => this.interrupt('speech', onsetAt)?.unheard ?? [];
    const [agent, playback, guard] = [this.#agents, this.#playback, this.#guard];
    return new TurnTaking({ ...this.#deps, agent, playback, guard, interrupt });
  }
}
