import type { Session } from '../sessions/session.js';
import type { CallChange, CallWatcher, FleetMember, WordsNow } from './fleet.js';

interface KnownCall {
  readonly gateway: string;
  readonly session: Session;
}

/** What another gateway tells of its calls. */
export interface FleetChanges {
  readonly gateway: string;
  readonly sessions: readonly Session[];
  readonly ended: readonly string[];
  readonly words?: readonly WordsNow[] | undefined;
  /** All calls that it has, where it tells. */
  readonly callSids?: ReadonlySet<string> | undefined;
}

/** Before a gateway has joined. */
export const NOBODY = { liveSessions: [], watchWords: () => () => undefined };

/**
 * The calls of all gateways as those who watch were told. A call belongs to the gateway that resumed it last: what an earlier one still says
 * of it, its end included, counts no more. A message that was lost is made up for by the next list of all calls.
 */
export class FleetView {
  readonly #self: string;
  readonly #member: Pick<FleetMember, 'liveSessions' | 'watchWords'>;
  readonly #watchers = new Set<CallWatcher>();
  readonly #calls = new Map<string, KnownCall>();
  /** When each other gateway was heard of last (monotonic ms). */
  readonly #heardAt = new Map<string, number>();
  #stopWords: (() => void) | null = null;

  constructor(self: string, member: Pick<FleetMember, 'liveSessions' | 'watchWords'>) {
    this.#self = self;
    this.#member = member;
  }

  get own(): readonly Session[] {
    return this.#member.liveSessions;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** Tells of each call that is known, then of every change. */
  watch(watcher: CallWatcher): () => void {
    if (!this.isWatched) for (const session of this.own) this.#know(this.#self, session);
    for (const { session } of this.#calls.values()) watcher({ type: 'session', session }, true);
    this.#watchers.add(watcher);
    this.#stopWords ??= this.#member.watchWords((words) => this.#words(this.#self, words));
    return () => {
      this.#watchers.delete(watcher);
      if (this.isWatched) return;
      this.#stopWords?.();
      this.#stopWords = null;
      for (const known of [this.#calls, this.#heardAt]) known.clear();
    };
  }

  /** Something has changed here. */
  ours(event: CallChange): void {
    if (!this.isWatched) return;
    if (event.type === 'session') this.#changed(this.#self, event.session);
    else this.#ended(this.#self, event.callSid);
  }

  /** Another gateway has told of its calls. False: it has some of which nothing is known. */
  theirs({ gateway, sessions, ended, words = [], callSids }: FleetChanges): boolean {
    if (!this.isWatched) return true;
    this.#heardAt.set(gateway, performance.now());
    for (const session of sessions) this.#changed(gateway, session);
    for (const each of words) this.#words(gateway, each);
    for (const callSid of ended) this.#ended(gateway, callSid);
    if (!callSids) return true;
    this.#endAll(gateway, (callSid) => !callSids.has(callSid));
    return [...callSids].every((callSid) => this.#calls.has(callSid));
  }

  /** Gateways that have said nothing for so long are gone, and their calls with them. */
  forgetSilent(ms: number): void {
    const now = performance.now();
    for (const [gateway, heardAt] of this.#heardAt) {
      if (now - heardAt < ms) continue;
      this.#heardAt.delete(gateway);
      this.#endAll(gateway, () => true);
    }
  }

  #changed(gateway: string, session: Session): void {
    const known = this.#calls.get(session.call_sid);
    if (known && known.gateway !== gateway && known.session.resumes > session.resumes) return;
    this.#know(gateway, session);
    for (const watcher of this.#watchers) watcher({ type: 'session', session }, known === undefined);
  }

  #know(gateway: string, session: Session): void {
    this.#calls.set(session.call_sid, { gateway, session });
  }

  #words(gateway: string, words: WordsNow): void {
    if (this.#calls.get(words.callSid)?.gateway !== gateway) return;
    for (const watcher of this.#watchers) watcher({ type: 'words', ...words }, false);
  }

  #ended(gateway: string, callSid: string): void {
    if (this.#calls.get(callSid)?.gateway !== gateway) return;
    this.#calls.delete(callSid);
    for (const watcher of this.#watchers) watcher({ type: 'ended', callSid }, false);
  }

  #endAll(gateway: string, isOver: (callSid: string) => boolean): void {
    for (const [callSid, known] of this.#calls)
      if (known.gateway === gateway && isOver(callSid)) this.#ended(gateway, callSid);
  }
}
