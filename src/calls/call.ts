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

export interface OpenedSession {
  readonly session: LiveSession;
  readonly resumed: boolean;
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
  /** The session of this call: at once for a new call, after a look at the store for one that is picked up again. */
  openSession(call: Call, start: StartMessage): OpenedSession | Promise<OpenedSession>;
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
  #talk: {
    readonly agent: Agent;
    readonly conversation: Conversation;
    readonly session: LiveSession;
  } | null = null;
  #phase: 'waiting' | 'opening' | 'live' | 'leaving' | 'over' = 'waiting';
  #startedAt = 0;
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
    return this.#talk?.session ?? null;
  }

  get generated(): readonly Turn[] {
    return this.#talk?.conversation.generated ?? [];
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
    if (this.#phase === 'live') this.#talk?.agent.pushAudio(audio);
    else this.#hold(() => this.onMedia(audio));
  }

  onDigit(digit: string): void {
    if (this.#phase !== 'live') return this.#hold(() => this.onDigit(digit));
    this.#interrupt('key');
    this.#talk?.conversation.addCallerTurn(`pressed ${digit}`);
    this.#talk?.agent.onDigit(digit);
  }

  onMark(name: string): void {
    this.#playback.onMark(name);
  }

  onEnd(end: StreamEnd): void {
    const wasOpen = this.#phase !== 'waiting' && this.#phase !== 'over';
    this.#leave();
    if (wasOpen) this.#around.onEnd(this, end);
  }

  /** A newer stream owns this call now: this one goes quiet at once and leaves the session alone. */
  supersede(): void {
    this.#leave();
    this.#stream.close(1001, 'superseded by a newer stream');
  }

  /** Closes the stream so that the call goes on elsewhere. */
  release(reason: string): void {
    this.#stream.close(1001, reason);
  }

  // In `opening` the session may still be on its way; the caller may hang up meanwhile.
  #begin({ session, resumed }: OpenedSession): void {
    if (this.#phase !== 'opening') {
      session.release().catch((error) => this.#fail(error));
      return;
    }
    this.#logger = this.#logger.child({ stream_sid: session.data.stream_sid });
    const conversation = new Conversation(session, this.#playback, this.#logger, () => this.#onQuiet());
    const agent = this.#around.createAgent(this.#control(session, conversation));
    this.#talk = { agent, conversation, session };
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
      if (found && this.session === session) session.change({ customer_id: found.id });
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
    if (!wasSpeaking || !cut || !this.#talk) return;
    this.#around.metrics.interruptions.inc({ by });
    const { agent, session } = this.#talk;
    session.change({ interruptions: session.data.interruptions + 1 });
    agent.onInterrupted(cut);
  }

  #onSpeaking(speaking: boolean): void {
    this.#talk?.session.change({ speaking });
    if (!speaking || this.#startedAt === 0) return;
    this.#around.metrics.greetingDelay.observe((performance.now() - this.#startedAt) / 1000);
    this.#startedAt = 0;
  }

  #leaveWhenQuiet(state: 'completed' | 'transferring'): void {
    if (this.#phase !== 'live' || !this.#talk) return;
    this.#phase = 'leaving';
    this.#talk.session.change({ current_state: state });
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
    const talk = this.#talk;
    const wasOver = this.#phase === 'over';
    this.#phase = 'over';
    this.#held.length = 0;
    this.#playback.close();
    if (wasOver || !talk) return;
    talk.agent.stop().catch((error) => this.#logger.error({ err: error }, 'The agent failed to stop'));
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
