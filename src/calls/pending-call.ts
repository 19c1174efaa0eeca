import { type MaybePromise, whenKnown } from '../core/maybe-promise.js';
import type { MediaStream } from '../twilio/media-stream.js';
import type { StartMessage } from '../twilio/messages.js';
import { PlayoutClock } from '../twilio/playout-clock.js';
import type { StreamEnd } from '../twilio/stream-observer.js';
import type { StreamListener } from '../twilio/stream-sides.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { CallDependencies, EarlyMessage, OpenedSession, RegisteredCall } from './call-dependencies.js';
import { LiveCall } from './live-call.js';

/** Two seconds of frames: what a caller may say or press while a session is fetched. */
const MAX_EARLY = 100;

type Opening = OpenedSession | 'refused' | null;

/**
 * A call from its stream's upgrade until its session is open: then a {@link LiveCall} goes on with the stream. A new call's session is
 * there in the same turn as its `start`; what comes while another one's is fetched is held.
 */
export class PendingCall implements StreamListener, RegisteredCall {
  readonly claims: StreamClaims;
  readonly session = null;
  readonly wordsNow = () => '';
  readonly #deps: CallDependencies;
  readonly #stream: MediaStream;
  readonly #clock = new PlayoutClock();
  readonly #early: EarlyMessage[] = [];
  /** Asked with the upgrade, so that the answer is there when the start comes. */
  #isFirst: MaybePromise<boolean>;
  /** When its start came (monotonic ms). */
  #startedAt: number | null = null;
  #end: StreamEnd | null = null;

  constructor(
    claims: StreamClaims,
    dependencies: CallDependencies,
    attach: (listener: StreamListener) => MediaStream,
  ) {
    this.claims = claims;
    this.#deps = dependencies;
    this.#isFirst = dependencies.invitations.claim(claims);
    void whenKnown(this.#isFirst, (isFirst) => {
      this.#isFirst = isFirst;
    });
    this.#stream = attach(this);
  }

  onStart(start: StartMessage): void {
    if (start.callSid !== this.claims.callSid) {
      return this.#refuse('other_call', 'this address is for another call');
    }
    this.#startedAt = performance.now();
    this.#clock.onMedia(0, this.#startedAt);
    const opening = whenKnown(this.#isFirst, (isFirst) => this.#open(isFirst, start));
    const begun = whenKnown(opening, (opened) => this.#begin(opened));
    if (begun instanceof Promise) begun.catch((error) => this.#fail(error));
  }

  onMedia(audio: Buffer, timestampMs: number, receivedAt: number): void {
    this.#clock.onMedia(timestampMs, receivedAt);
    this.#hold({ audio, timestampMs });
  }

  onDigit(digit: string): void {
    // Before a call goes on nobody knows what a key is pressed for.
    if (this.claims.hop > 0) this.#deps.observer?.note({ note: 'secret_key' });
    this.#hold({ digit });
  }

  onMark(): void {}

  onEnd(end: StreamEnd): void {
    this.#end = end;
    this.#early.length = 0;
    if (this.#startedAt !== null) this.#deps.registry.onEnd(this, end);
  }

  supersede(reason: string): void {
    this.release(reason);
  }

  yield(): boolean {
    return false;
  }

  release(reason: string): void {
    this.#stream.close(1001, reason);
  }

  #open(isFirst: boolean, start: StartMessage): MaybePromise<Opening> {
    const { invitations, registry } = this.#deps;
    invitations.started(this.claims);
    return isFirst ? registry.open(this, start) : 'refused';
  }

  #begin(opened: Opening): void {
    if (opened === 'refused') return this.#refuse('opened_before', 'this address was used before');
    if (!opened) return this.#stream.close(1000, 'this call is over');
    const startedAt = this.#startedAt ?? performance.now();
    const stream = { stream: this.#stream, clock: this.#clock, startedAt };
    const live = new LiveCall(this.claims, this.#deps, stream, opened);
    this.#deps.registry.onLive(this, live);
    // Its stream has ended while the other gateways were asked.
    if (this.#end) return live.onEnd(this.#end);
    this.#stream.handTo(live);
    live.begin(opened.resumed, this.#early);
  }

  #hold(message: EarlyMessage): void {
    if (this.#early.length < MAX_EARLY) this.#early.push(message);
    else this.#deps.metrics.framesDropped.inc({ reason: 'held_too_long' });
  }

  #refuse(reason: 'other_call' | 'opened_before', why: string): void {
    const { metrics, logger } = this.#deps;
    metrics.streamsRefused.inc({ reason });
    const { callSid: call_sid } = this.claims;
    logger.warn({ call_sid, reason }, 'A stream whose address is not meant for it was closed');
    this.#stream.close(1008, why);
  }

  #fail(error: unknown): void {
    const { callSid: call_sid } = this.claims;
    this.#deps.logger.error({ call_sid, err: error }, 'A call could not begin; its stream is closed');
    this.#stream.close(1011, 'internal error');
  }
}
