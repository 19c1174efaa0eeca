import type { Agent, AgentFactory, CallControl, Caller, Heard, OpenUtterance } from '../agents/agent.js';
import type { Customer } from '../customers/customer.js';
import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import type { MediaStream, StreamEnd, StreamListener } from '../twilio/media-stream.js';
import type { StartMessage } from '../twilio/messages.js';
import { Playback } from '../twilio/playback.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { Ticker } from '../twilio/ticker.js';
import { Conversation } from './conversation.js';

/** Two seconds of frames: what a caller may say or press while a session is fetched. */
const MAX_HELD = 100;
/** A goodbye whose words are still being made, or whose end nobody reports, is waited for so long; the playback bounds its marks itself. */
const GOODBYE_GRACE_MS = 8000;
const AGENT_STUCK = 'The agent failed to stop';

export interface OpenedSession {
  readonly session: LiveSession;
  readonly resumed: boolean;
  /** What was said on the streams of this call before this one, heard or not. */
  readonly generated: readonly Turn[];
}

/** What a call needs of the house around it. */
export interface CallSurroundings {
  readonly ticker: Ticker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly createAgent: AgentFactory;
  /** Bounded in time; never rejects. */
  lookUp(phone: string): Promise<Customer | null>;
  isAttested(attestation: string | null): boolean;
  /**
   * The session of this call: at once for a new call, after a look at the store for one that is picked up again; null when
   * the call is over or this stream no longer its newest.
   */
  openSession(call: Call, start: StartMessage): OpenedSession | null | Promise<OpenedSession | null>;
  /** The stream is gone; called once for a call that was opened. */
  onEnd(call: Call, end: StreamEnd): void;
}

/** One live call: its stream, session, playback and agent. Nothing of a call lives anywhere else. */
export class Call implements StreamListener {
  readonly claims: StreamClaims;
  readonly #around: CallSurroundings;
  readonly #stream: MediaStream;
  readonly #playback: Playback;
  readonly #held: (() => void)[] = [];
  #logger: Logger;
  #session: LiveSession | null = null;
  #conversation: Conversation | null = null;
  #agent: Agent | null = null;
  #phase: 'waiting' | 'opening' | 'live' | 'leaving' | 'over' = 'waiting';
  /** When its start came, until the first audio went out (monotonic ms). */
  #startedAt: number | null = null;
  #leaveTimer: NodeJS.Timeout | undefined;

  constructor(
    claims: StreamClaims,
    around: CallSurroundings,
    attach: (listener: StreamListener) => MediaStream,
  ) {
    this.claims = claims;
    this.#around = around;
    this.#logger = around.logger.child({ call_sid: claims.callSid });
    this.#stream = attach(this);
    this.#playback = new Playback(this.#stream, around.ticker, (speaking) => this.#onSpeaking(speaking));
  }

  get session(): LiveSession | null {
    return this.#session;
  }

  get generated(): readonly Turn[] {
    return this.#conversation?.generated ?? [];
  }

  onStart(start: StartMessage): void {
    if (start.callSid !== this.claims.callSid) {
      this.#logger.warn('A stream started with another call than its address is for; it is closed');
      return this.#stream.close(1008, 'this address is for another call');
    }
    this.#startedAt = performance.now();
    this.#phase = 'opening';
    const opened = this.#around.openSession(this, start);
    if (opened instanceof Promise)
      opened.then((late) => this.#begin(late)).catch((error) => this.#fail(error));
    else this.#begin(opened);
  }

  onMedia(audio: Buffer): void {
    if (this.#phase === 'live') this.#agent?.pushAudio(audio);
    else this.#hold(() => this.onMedia(audio));
  }

  onDigit(digit: string): void {
    if (this.#phase !== 'live') return this.#hold(() => this.onDigit(digit));
    this.#interrupt('key');
    this.#conversation?.addCallerTurn(`pressed ${digit}`);
    this.#agent?.onDigit(digit);
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onEnd(end: StreamEnd): void {
    const wasOpen = this.#phase !== 'waiting' && this.#phase !== 'over';
    this.#leave();
    if (wasOpen) this.#around.onEnd(this, end);
  }

  /** This stream owns the call no more: it goes quiet at once and leaves the session alone. */
  supersede(reason: string): void {
    this.#leave();
    this.#stream.close(1001, reason);
  }

  /** Closes the stream so that the call goes on elsewhere. */
  release(reason: string): void {
    this.#stream.close(1001, reason);
  }

  // The session is known before the agent is made: if that fails, the call still waits to be picked up.
  #begin(opened: OpenedSession | null): void {
    if (!opened) return this.#stream.close(1000, 'this call is over');
    const { session, resumed, generated } = opened;
    this.#session = session;
    this.#logger = this.#logger.child({ stream_sid: session.data.stream_sid });
    const onQuiet = () => this.#onQuiet();
    const conversation = new Conversation(session, this.#playback, this.#logger, generated, onQuiet);
    this.#conversation = conversation;
    const agent = this.#around.createAgent(this.#control(session, conversation));
    this.#agent = agent;
    this.#phase = 'live';
    this.#logger.info({ resumed, attested: this.#isAttested }, resumed ? 'Call resumed' : 'Call started');
    agent.start(resumed);
    for (const deliver of this.#held.splice(0)) deliver();
  }

  #control(session: LiveSession, conversation: Conversation): CallControl {
    return {
      session,
      caller: this.#caller(session),
      say: (pieces): Promise<Heard> => conversation.say(pieces),
      open: (): OpenUtterance => conversation.open(),
      interrupt: () => this.#interrupt('agent'),
      hangUp: () => this.#leaveWhenQuiet('completed'),
      transfer: () => this.#leaveWhenQuiet('transferring'),
    };
  }

  #caller(session: LiveSession): Caller {
    const customer = this.#around.lookUp(this.claims.from).then((found) => {
      if (found && this.#phase !== 'over') session.change({ customer_id: found.id });
      return found;
    });
    return { phone: this.claims.from, attested: this.#isAttested, customer };
  }

  get #isAttested(): boolean {
    return this.#around.isAttested(this.claims.attestation);
  }

  #interrupt(by: 'key' | 'agent'): void {
    const wasSpeaking = this.#playback.speaking;
    const cut = this.#playback.clear();
    if (!wasSpeaking || !cut || !this.#session) return;
    this.#around.metrics.interruptions.inc({ by });
    this.#session.change({ interruptions: this.#session.data.interruptions + 1 });
    this.#agent?.onInterrupted(cut);
  }

  #onSpeaking(speaking: boolean): void {
    this.#session?.change({ speaking });
    if (!speaking || this.#startedAt === null) return;
    this.#around.metrics.greetingDelay.observe((performance.now() - this.#startedAt) / 1000);
    this.#startedAt = null;
  }

  #leaveWhenQuiet(state: 'completed' | 'transferring'): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'leaving';
    this.#session?.change({ current_state: state });
    if (this.#playback.isIdle) return this.#close();
    this.#closeWhenOverdue();
  }

  // Sentences may still be on their way when the agent says goodbye: what is heard moves the end on.
  #closeWhenOverdue(): void {
    this.#leaveTimer = setTimeout(() => {
      if (this.#playback.unheardMs > 0) this.#closeWhenOverdue();
      else this.#close();
    }, this.#playback.unheardMs + GOODBYE_GRACE_MS);
  }

  #onQuiet(): void {
    if (this.#phase === 'leaving') this.#close();
  }

  #close(): void {
    this.#stream.close(1000, 'the agent has ended the stream');
  }

  #leave(): void {
    clearTimeout(this.#leaveTimer);
    const wasOver = this.#phase === 'over';
    this.#phase = 'over';
    this.#held.length = 0;
    this.#playback.close();
    if (!wasOver) this.#stopAgent().catch((error) => this.#logger.error({ err: error }, AGENT_STUCK));
  }

  async #stopAgent(): Promise<void> {
    await this.#agent?.stop();
  }

  #hold(deliver: () => void): void {
    if (this.#phase !== 'opening') return;
    if (this.#held.length < MAX_HELD) this.#held.push(deliver);
    else this.#around.metrics.framesDropped.inc({ reason: 'held_too_long' });
  }

  #fail(error: unknown): void {
    this.#logger.error({ err: error }, 'A call could not begin; its stream is closed');
    this.#stream.close(1011, 'internal error');
  }
}
