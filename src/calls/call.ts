import type { Logger } from '../core/logger.js';
import type { Caller } from '../desk/caller.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { MediaStream, StreamListener } from '../twilio/media-stream.js';
import type { StartMessage } from '../twilio/messages.js';
import { Playback } from '../twilio/playback.js';
import { PlayoutClock } from '../twilio/playout-clock.js';
import type { StreamEnd } from '../twilio/stream-end.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { Heard } from '../twilio/utterance.js';
import { AgentSupervisor } from './agent-supervisor.js';
import type { CallDependencies, Opening, RegisteredCall } from './call-dependencies.js';
import type { CarriedHistory } from './carried-history.js';
import { Conversation } from './conversation.js';
import { GracefulHangup } from './graceful-hangup.js';
import { HeldMessages } from './held-messages.js';
import { knownCaller } from './known-caller.js';
import { PerceivedLatency } from './perceived-latency.js';
import { TurnTaking } from './turn-taking.js';

/** One live call: its stream, session, playback and agents. Nothing of a call lives anywhere else. */
export class Call implements StreamListener, RegisteredCall {
  readonly claims: StreamClaims;
  readonly #deps: CallDependencies;
  readonly #stream: MediaStream;
  readonly #clock = new PlayoutClock();
  readonly #playback: Playback;
  readonly #delays: PerceivedLatency;
  readonly #hangup: GracefulHangup;
  readonly #held: HeldMessages;
  #logger: Logger;
  #session: LiveSession | null = null;
  #conversation: Conversation | null = null;
  #memory: CarriedHistory | null = null;
  #turns: TurnTaking | null = null;
  #agents: AgentSupervisor | null = null;
  #phase: 'waiting' | 'opening' | 'live' | 'leaving' | 'over' = 'waiting';
  #end: StreamEnd | null = null;

  constructor(
    claims: StreamClaims,
    around: CallDependencies,
    attach: (listener: StreamListener) => MediaStream,
  ) {
    this.claims = claims;
    this.#deps = around;
    this.#logger = around.logger.child({ call_sid: claims.callSid });
    this.#stream = attach(this);
    this.#playback = new Playback({
      output: this.#stream,
      clock: this.#clock,
      ticker: around.ticker,
      listener: {
        onSpeaking: (speaking) => this.#onSpeaking(speaking),
        onSent: (audio, soundsAt, words) => this.#turns?.onSent(audio, soundsAt, words),
        onMarkLag: (ms) => this.#delays.markLag(ms),
        onMarkStall: () => this.#onMarkStall(),
      },
    });
    this.#delays = new PerceivedLatency(this.#playback);
    this.#hangup = new GracefulHangup(this.#playback, () =>
      this.#stream.close(1000, 'the agent has ended the stream'),
    );
    this.#held = new HeldMessages(() => around.metrics.framesDropped.inc({ reason: 'held_too_long' }));
  }

  get session(): LiveSession | null {
    return this.#session;
  }

  get memory(): CarriedHistory | null {
    return this.#memory;
  }

  onStart(start: StartMessage): void {
    if (start.callSid !== this.claims.callSid) {
      return this.#refuse('other_call', 'this address is for another call');
    }
    this.#delays.started();
    this.#clock.onMedia(0, performance.now());
    this.#phase = 'opening';
    const opened = this.#deps.openSession(this, start);
    if (opened instanceof Promise)
      opened.then((late) => this.#begin(late)).catch((error) => this.#fail(error));
    else this.#begin(opened);
  }

  onMedia(audio: Buffer, timestampMs: number, receivedAt: number): void {
    this.#clock.onMedia(timestampMs, receivedAt);
    if (this.#phase === 'live') this.#turns?.onMedia(audio, timestampMs, receivedAt);
    else if (this.#phase === 'opening')
      this.#held.hold(() => this.#turns?.onMedia(audio, timestampMs, performance.now()));
  }

  onDigit(digit: string): void {
    if (this.#mayBeSecret) this.#deps.observer?.note({ note: 'secret_key' });
    if (this.#phase === 'opening') this.#held.hold(() => this.#onKey(digit));
    else this.#onKey(digit);
  }

  // Before a call goes on nobody knows what a key is pressed for, and at its end the caller may still be at a code.
  get #mayBeSecret(): boolean {
    if (this.#phase === 'live') return this.#agents?.keysAreSecret === true;
    return this.#phase !== 'opening' || this.claims.hop > 0;
  }

  #onKey(digit: string): void {
    if (this.#phase !== 'live') return;
    this.#clock.onSign(performance.now());
    this.#interrupt('key', performance.now());
    this.#turns?.onKey();
    this.#conversation?.addCallerTurn(this.#agents?.keysAreSecret ? 'pressed a key' : `pressed ${digit}`);
    this.#agents?.onDigit(digit);
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onEnd(end: StreamEnd): void {
    const wasOpen = this.#phase !== 'waiting' && this.#phase !== 'over';
    const wasSpeaking = this.#playback.speaking;
    this.#leave();
    this.#end = end;
    // No mark and no interruption has ended it: whoever picks the call up knows that the caller missed something.
    if (wasSpeaking && end !== 'stopped' && !this.#hangup.isOver) this.#session?.change({ speaking: true });
    if (wasOpen) this.#deps.onEnd(this, end);
  }

  supersede(reason: string): void {
    this.#leave();
    this.#stream.close(1001, reason);
  }

  release(reason: string): void {
    this.#stream.close(1001, reason);
  }

  #begin(opened: Opening): void {
    if (opened === 'refused') return this.#refuse('opened_before', 'this address was used before');
    if (!opened) return this.#stream.close(1000, 'this call is over');
    const { session, resumed, memory } = opened;
    this.#session = session;
    // Its stream has ended while the other gateways were asked.
    if (this.#end) return this.#deps.onEnd(this, this.#end);
    this.#memory = memory;
    this.#delays.keepIn(memory.latency);
    this.#logger = this.#logger.child({ stream_sid: session.data.stream_sid });
    const conversation = new Conversation({
      session,
      playback: this.#playback,
      logger: this.#logger,
      generated: memory.generated,
      onQuiet: () => this.#hangup.check(),
      onOpened: () => this.#agents?.onOpened(),
      onWords: () => this.#agents?.onWords(),
    });
    this.#conversation = conversation;
    const caller = knownCaller(this.claims, this.#deps, (customerId) => {
      // Written in any case: how often a session is stored must not tell whether the number is a customer's.
      if (this.#phase !== 'over') session.change({ customer_id: customerId ?? session.data.customer_id });
    });
    const agents = this.#newAgents(session, caller, conversation);
    this.#agents = agents;
    this.#turns = this.#takeTurns(agents);
    this.#phase = 'live';
    const { attested } = caller;
    this.#logger.info({ resumed, attested }, resumed ? 'Call resumed' : 'Call started');
    agents.start(resumed);
    this.#held.deliverAll();
  }

  #newAgents(session: LiveSession, caller: Caller, conversation: Conversation): AgentSupervisor {
    const { agents, metrics } = this.#deps;
    return new AgentSupervisor({
      agents,
      session,
      caller,
      conversation,
      metrics,
      playback: this.#playback,
      logger: this.#logger,
      interrupt: () => void this.#interrupt('agent', performance.now()),
      end: (state) => this.#leaveWhenQuiet(state),
      onNewAgent: (cut) => this.#turns?.onNewAgent(cut),
    });
  }

  #takeTurns(agent: AgentSupervisor): TurnTaking {
    const { ticker, metrics, createDetector, observer } = this.#deps;
    const interrupt = (onsetAt: number) => this.#interrupt('speech', onsetAt)?.unheard ?? [];
    const playback = this.#playback;
    return new TurnTaking({ agent, ticker, metrics, createDetector, observer, playback, interrupt });
  }

  /** The one home of an interruption: Twilio told, `speaking` false, the history cut to what was heard, the agent told. `since`: when its cause began (monotonic ms). */
  #interrupt(by: 'speech' | 'key' | 'agent', since: number): Heard | null {
    const wasSpeaking = this.#playback.speaking;
    const heard = this.#conversation?.interrupt() ?? null;
    this.#turns?.onCleared();
    if (!wasSpeaking || !heard || !this.#session) return null;
    this.#deps.metrics.interruptions.inc({ by });
    this.#deps.observer?.note({ note: 'interrupted', by, heard_ms: Math.round(heard.heardMs) });
    if (by !== 'agent') this.#delays.interrupted(by, since);
    this.#session.change({ interruptions: this.#session.data.interruptions + 1 });
    this.#agents?.tell((agent) => agent.onInterrupted?.(heard));
    return heard;
  }

  #onSpeaking(speaking: boolean): void {
    this.#session?.change({ speaking });
    if (speaking) this.#delays.agentSpeaks(this.#turns?.onAgentSpeaks() ?? null);
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
    this.#agents?.leave();
    this.#session?.change({ current_state: state });
    this.#hangup.begin();
  }

  #leave(): void {
    this.#hangup.cancel();
    this.#turns?.stop();
    this.#phase = 'over';
    this.#held.forget();
    this.#playback.close();
    this.#agents?.stop();
  }

  #refuse(reason: 'other_call' | 'opened_before', why: string): void {
    this.#deps.metrics.streamsRefused.inc({ reason });
    this.#logger.warn({ reason }, 'A stream whose address is not meant for it was closed');
    this.#stream.close(1008, why);
  }

  #fail(error: unknown): void {
    this.#logger.error({ err: error }, 'A call could not begin; its stream is closed');
    this.#stream.close(1011, 'internal error');
  }
}
