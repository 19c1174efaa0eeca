import { setTimeout as pause } from 'node:timers/promises';
import type { DialResult, EndedCall } from '../call-log/finished-call.js';
import { rowInRecording } from '../calls/finished-call.js';
import { PendingCall } from '../calls/pending-call.js';
import { withDeadline } from '../core/errors.js';
import { withAnnotations } from '../recordings/annotated-answers.js';
import { MediaStream } from '../twilio/media-stream.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import type { StreamSocket } from '../twilio/stream-sides.js';
import { type StreamClaims, StreamTokens } from '../twilio/stream-token.js';
import { Ticker } from '../twilio/ticker.js';
import { isFinalStatus, type VoiceForm } from '../twilio/webhooks.js';
import { SpeakingPace } from '../twilio/word-places.js';
import { BrowserCalls } from './browser-calls.js';
import { CallRegistry } from './call-registry.js';
import { unservedCalls } from './ended-calls.js';
import { IncomingCall } from './incoming-call.js';
import { Interventions } from './interventions.js';
import type { PhoneLineOptions } from './phone-line-options.js';
import { SessionNotes } from './session-notes.js';
import { StreamEnded } from './stream-ended.js';
import { StreamInvitations } from './stream-invitations.js';

/** How often the shared ticker looks what audio is due. */
const TICK_MS = 20;
/** How often is looked whether calls still come, once the live ones have ended. */
const LOOK_MS = 25;
/** Twilio asks what is next within that time after a stream has ended. */
const WEBHOOK_MS = 1500;
const LAST_WORDS_MS = 2000;
/** A webhook waits no longer than that to learn whether a call is over or under way already. */
const KNOWN_DEADLINE_MS = 200;

/** The shop's phone line on this gateway: what its webhooks answer and the calls on it. */
export class PhoneLine {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  /** Calls from browsers that try the line. */
  readonly browserCalls: BrowserCalls;
  /** What staff do to live calls. */
  readonly interventions: Interventions;
  readonly #options: PhoneLineOptions;
  readonly #incoming: IncomingCall;
  readonly #streamEnded: StreamEnded;
  readonly #pace = new SpeakingPace();
  readonly #ticker: Ticker;
  readonly #notes: SessionNotes | null;
  /** `leaving`: not ready any more, new calls are taken. `draining`: calls that are here go on, none begins. `closing`: all end here. */
  #phase: 'starting' | 'serving' | 'leaving' | 'draining' | 'closing' = 'starting';
  #origin = '';
  /** Webhooks whose answer is under way. */
  #answeringCount = 0;

  constructor(options: PhoneLineOptions) {
    const { authToken, stream, callLog, logger, metrics, ledger } = options;
    this.#options = options;
    this.#ticker = new Ticker(TICK_MS, (error) =>
      logger.error({ err: error }, 'A call failed to send its audio'),
    );
    const record = (call: EndedCall) => {
      options.recorder?.finished(rowInRecording(call));
      callLog.record(call);
    };
    this.registry = new CallRegistry({ ...options, record, onLiveChange: () => options.fleet.liveChanged() });
    options.fleet.join(this.registry);
    options.metrics.onScrape(() => options.metrics.sessionBehind.set(this.registry.lagMs / 1000));
    this.#notes = options.recorder ? new SessionNotes(this.registry) : null;
    const tokens = new StreamTokens(authToken);
    const origin = () => this.origin;
    const { startTimeoutMs } = stream;
    const isOver = (callSid: string) => this.registry.isFinished(callSid);
    const invited = { tokens, ledger, metrics, origin, startTimeoutMs, isOver };
    this.invitations = new StreamInvitations(invited);
    const shared = {
      ...options,
      origin,
      registry: this.registry,
      invitations: this.invitations,
      isDraining: () => this.#phase === 'draining' || this.#phase === 'closing',
      mustEnd: () => this.#phase === 'closing' && options.isAlone === true,
      onDialled: (result: DialResult) => callLog.dialled(result),
      // It has no recording.
      unserved: unservedCalls({ ...options, record: (call) => callLog.record(call) }),
      recorded: (callSid: string) => soon(callLog.get(callSid), 'Reading the call log'),
      hasSession: async (callSid: string) =>
        (await soon(this.registry.find(callSid), 'Reading a session')) !== null,
    };
    this.#streamEnded = new StreamEnded(shared);
    const next = (form: VoiceForm, hop: number) => this.streamEnded(form, hop);
    this.browserCalls = new BrowserCalls({ ...shared, next });
    this.interventions = new Interventions(shared);
    this.#incoming = new IncomingCall({ ...shared, streamEnded: this.#streamEnded });
  }

  /** As the health routes show it. */
  get phase(): 'starting' | 'serving' | 'draining' {
    return this.#phase === 'leaving' || this.#phase === 'closing' ? 'draining' : this.#phase;
  }

  /** The origin Twilio sees; known once the gateway listens. */
  get origin(): string {
    return this.#origin;
  }

  listenAt(origin: string): void {
    this.#origin = origin;
  }

  /** What callers need first is at hand: a balancer may send calls. */
  serve(): void {
    if (this.#phase === 'starting') this.#phase = 'serving';
  }

  /** A balancer is to send no more calls; those that it sends before it has noticed are taken. */
  leave(): void {
    this.#phase = 'leaving';
  }

  /** Takes no new calls. Settles when none is live here or on its way here. */
  drain(): Promise<void> {
    this.#phase = 'draining';
    return this.untilEmpty();
  }

  /** Twilio asks what to do with a call that comes in: TwiML. */
  incoming(form: VoiceForm): Promise<string> {
    return this.#answering(() => this.#incoming.answer(form));
  }

  /** Twilio asks what is next for a call whose stream has ended, the one with the number `hop`: TwiML. */
  streamEnded(form: VoiceForm, hop: number): Promise<string> {
    return this.#answering(async () => {
      if (isFinalStatus(form.callStatus)) await this.#finish(form.callSid);
      return this.#streamEnded.answer(form, hop);
    });
  }

  /** Twilio tells what became of a call; only a final status has an effect. */
  async statusChanged({ callSid, isFinal }: { callSid: string; isFinal: boolean }): Promise<void> {
    if (isFinal) await this.#answering(() => this.#finish(callSid));
  }

  // A call that is over here is still to be told so: whoever drains or closes waits for that.
  async #answering<T>(work: () => Promise<T>): Promise<T> {
    this.#answeringCount += 1;
    try {
      return await work();
    } finally {
      this.#answeringCount -= 1;
    }
  }

  /** The gateway that has the stream knows best what was heard last. Where none answers, what is stored is what remains. */
  async #finish(callSid: string): Promise<void> {
    const isHere = this.registry.isLive(callSid) || this.registry.isFinished(callSid);
    const answer = isHere ? null : await this.#options.fleet.ask({ about: 'finish', callSid });
    if (answer === 'done') this.registry.finishedElsewhere(callSid);
    else await this.registry.finish(callSid, 'hung_up');
  }

  /**
   * Whether a stream with this token may open now. While draining only one that was invited here: its call was answered before, or
   * goes on after a break.
   */
  mayEnter(token: string): boolean {
    if (this.#phase === 'closing') return false;
    return this.#phase !== 'draining' || this.invitations.isOurs(token);
  }

  /** Settles when no call is live here or on its way here: just invited, or just without its stream, with its next webhook to come. */
  async untilEmpty(): Promise<void> {
    do {
      await this.registry.untilEmpty();
      if (this.#comingCount > 0) await pause(LOOK_MS);
    } while (this.registry.liveCount + this.#comingCount > 0);
  }

  get #comingCount(): number {
    const invited = this.invitations.pendingCount;
    return this.#answeringCount + invited + this.registry.resumableSince(WEBHOOK_MS);
  }

  /**
   * Closes every stream, so that another gateway goes on with the calls. Where no other can, what follows the stream tells the callers: for
   * that, and for answers that are under way, this waits, 2 s at most. Never rejects.
   */
  async handOver(reason: string): Promise<void> {
    this.#phase = 'closing';
    const callSids = await this.registry.close(reason);
    const ours = this.#options.isAlone ? callSids : [];
    const deadline = performance.now() + LAST_WORDS_MS;
    const areTold = () => ours.every((callSid) => this.registry.isFinished(callSid));
    while (!(areTold() && this.#answeringCount === 0) && performance.now() < deadline) await pause(LOOK_MS);
  }

  /** A stream that passed every check of its upgrade becomes a call, or a call that goes on. */
  accept(socket: StreamSocket, claims: StreamClaims): void {
    const { logger, metrics, stream, createDetector, isAttested } = this.#options;
    const observer = this.#observerOf(claims);
    const { lookUp } = observer ? withAnnotations({ lookUp: this.#options.lookUp }, observer) : this.#options;
    const dependencies = {
      logger,
      metrics,
      hasPerson: this.#options.shopOf(claims.callSid).settings.transfer_number !== null,
      agents: (observer && this.#options.observed?.(observer)) ?? this.#options,
      createDetector,
      lookUp,
      isAttested,
      observer,
      ticker: this.#ticker,
      pace: this.#pace,
      registry: this.registry,
      invitations: this.invitations,
    };
    const own = { ...stream, observer, metrics, logger: logger.child({ call_sid: claims.callSid }) };
    if (claims.via === 'browser') this.browserCalls.opened(claims);
    new PendingCall(claims, dependencies, (call) => new MediaStream(socket, own, call));
  }

  #observerOf(claims: StreamClaims): StreamObserver | undefined {
    const twiml = this.invitations.latest(claims.callSid)?.twiml ?? null;
    const observer = this.#options.recorder?.open({ ...claims, twiml });
    return observer && this.#notes?.keep(claims.callSid, observer);
  }
}

/** Null also when it is not known in time. */
function soon<T>(found: Promise<T | null>, what: string): Promise<T | null> {
  return withDeadline(found, KNOWN_DEADLINE_MS, what).catch(() => null);
}
