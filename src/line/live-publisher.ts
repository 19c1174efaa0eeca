import type { Session } from '../sessions/session.js';
import type { CallChange, FleetMember, WordsNow } from './fleet.js';
import type { FleetMessage, Watching } from './fleet-messages.js';

/** Changes of so long go out in one message. */
const GATHER_MS = 100;
/** What is left over follows soon: to write a thousand sessions at once would hold up every call. */
const AT_ONCE = 50;
const FOLLOW_MS = 20;
/** What did not go out is tried again after so long. */
const AGAIN_MS = 1_000;
/** A gateway that has said for so long no more that somebody watches there is gone. */
const WATCHED_MS = 10_000;

export interface LivePublisherOptions {
  readonly gateway: string;
  readonly self: FleetMember;
  /** Whether it went out; never rejects. */
  readonly publish: (message: FleetMessage) => Promise<boolean>;
}

/** Tells other gateways of the changes of our calls, while somebody watches there: else it does not even look. */
export class LivePublisher {
  readonly #options: LivePublisherOptions;
  /** Until when somebody watches at each gateway (monotonic ms). */
  readonly #watchedUntil = new Map<string, number>();
  readonly #changed = new Map<string, Session>();
  readonly #ended = new Set<string>();
  readonly #words = new Map<string, WordsNow>();
  #stop: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;

  constructor(options: LivePublisherOptions) {
    this.#options = options;
  }

  /** Somebody watches at this gateway, or nobody any more. */
  watched(gateway: string, how: Watching): void {
    const isNew = how === 'begins' || !this.#watchedUntil.has(gateway);
    if (how === 'ends') this.#watchedUntil.delete(gateway);
    else this.#watchedUntil.set(gateway, performance.now() + WATCHED_MS);
    if (this.#watchedUntil.size === 0) return this.close();
    this.#stop ??= this.#watch();
    if (isNew && how !== 'ends') this.#tellAll();
  }

  /** Every few seconds: which calls are here, for whoever has missed something. Ends the publishing when nobody watches. */
  tellCalls(): void {
    const now = performance.now();
    for (const [gateway, until] of this.#watchedUntil) if (until < now) this.#watchedUntil.delete(gateway);
    if (this.#watchedUntil.size === 0) return this.close();
    const { gateway, self, publish } = this.#options;
    void publish({ type: 'changes', from: gateway, sessions: [], ended: [], calls: [...self.callSids] });
  }

  close(): void {
    this.#stop?.();
    this.#stop = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const held of [this.#changed, this.#ended, this.#words, this.#watchedUntil]) held.clear();
  }

  #watch(): () => void {
    const { self } = this.#options;
    const stops = [
      self.watch((event) => this.#note(event)),
      self.watchWords((words) => {
        this.#words.set(words.callSid, words);
        this.#sendIn(GATHER_MS);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #tellAll(): void {
    for (const session of this.#options.self.liveSessions) this.#changed.set(session.call_sid, session);
    this.#sendIn(0);
  }

  #note(event: CallChange): void {
    if (event.type === 'session') {
      this.#changed.set(event.session.call_sid, event.session);
    } else {
      this.#changed.delete(event.callSid);
      this.#ended.add(event.callSid);
    }
    this.#sendIn(GATHER_MS);
  }

  #sendIn(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#send(), ms);
  }

  /** One message at a time: while Redis is slow the changes gather here, one for each call. */
  async #send(): Promise<void> {
    this.#timer = undefined;
    if (this.#isSending) return;
    this.#isSending = true;
    const sessions = [...this.#changed.values()].slice(0, AT_ONCE);
    const ended = [...this.#ended];
    for (const { call_sid } of sessions) this.#changed.delete(call_sid);
    const words = [...this.#words.values()].map(({ callSid, ...said }) => ({ call_sid: callSid, ...said }));
    // They grow: those that do not go out are overtaken by the next.
    this.#words.clear();
    const { gateway: from, publish } = this.#options;
    const changes = { sessions: sessions.map(asData), ended, ...(words.length > 0 ? { words } : {}) };
    const isSent = await publish({ type: 'changes', from, ...changes });
    this.#isSending = false;
    // Nobody watches any more.
    if (this.#stop === null) return;
    if (isSent) for (const callSid of ended) this.#ended.delete(callSid);
    else this.#keep(sessions);
    if (this.#changed.size + this.#ended.size + this.#words.size > 0)
      this.#sendIn(isSent ? FOLLOW_MS : AGAIN_MS);
  }

  #keep(sessions: readonly Session[]): void {
    for (const session of sessions) {
      const isKnownBetter = this.#changed.has(session.call_sid) || this.#ended.has(session.call_sid);
      if (!isKnownBetter) this.#changed.set(session.call_sid, session);
    }
  }
}

function asData(session: Session): Record<string, unknown> {
  return { ...session };
}
