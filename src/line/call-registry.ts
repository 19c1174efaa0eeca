import type { CallOutcome } from '../call-log/finished-call.js';
import type { OpenedSession, RegisteredCall, Registry } from '../calls/call-dependencies.js';
import { LiveSession, latestIn } from '../sessions/live-session.js';
import type { Intervention, Session } from '../sessions/session.js';
import { newSession, restoreSession } from '../sessions/stored-session.js';
import type { StartMessage } from '../twilio/messages.js';
import type { StreamEnd } from '../twilio/stream-observer.js';
import { EndedCalls } from './ended-calls.js';
import type { FleetMember, FleetRequest } from './fleet.js';
import { LiveCalls } from './live-calls.js';
import type { CallRegistryOptions } from './phone-line-options.js';
import { latestOf, ResumableCalls } from './resumable-calls.js';

/** The calls of this process: live ones, those whose stream has ended and who wait for what comes next, and the finished ones' SIDs. */
export class CallRegistry implements Registry, FleetMember {
  readonly #options: CallRegistryOptions;
  readonly #live: LiveCalls;
  readonly #resumable: ResumableCalls;
  readonly #finished: EndedCalls;
  readonly watch: FleetMember['watch'] = (watcher) => this.#live.watch(watcher);
  readonly watchWords: FleetMember['watchWords'] = (watcher) => this.#live.watchWords(watcher);
  /** Settles when no call is live, at once if none is. */
  readonly untilEmpty = () => this.#live.untilEmpty();
  /** What starts now goes on elsewhere. */
  #isClosed = false;

  constructor(options: CallRegistryOptions) {
    this.#options = options;
    this.#live = new LiveCalls(options.metrics, options.onLiveChange);
    this.#resumable = new ResumableCalls(options, (callSid) =>
      this.#unawaited(this.finish(callSid, 'abandoned')),
    );
    this.#finished = new EndedCalls(options);
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** How many of them take a place of `MAX_CALLS`. */
  get phoneCount(): number {
    return this.#live.phoneCount;
  }

  /** The sessions of the calls that are live on this gateway now. */
  get liveSessions(): Session[] {
    return this.#live.sessions.map(({ data }) => data);
  }

  /** For how many milliseconds a change of any session has been waiting to be stored. */
  get lagMs(): number {
    return Math.max(0, ...this.#sessions.map(({ lagMs }) => lagMs));
  }

  isLive(callSid: string): boolean {
    return this.#live.has(callSid);
  }

  isFinished(callSid: string): boolean {
    return this.#finished.has(callSid);
  }

  get callSids(): readonly string[] {
    return this.#sessions.map(({ data }) => data.call_sid);
  }

  /** Another gateway was told that a call of this one is over, or staff there have pressed a button. */
  async answer(request: FleetRequest): Promise<boolean | Intervention> {
    const { callSid } = request;
    if (request.about !== 'finish') return this.intervene(callSid, request.about, request.by);
    if (!this.#isHere(callSid) && !this.#finished.has(callSid)) return false;
    await this.finish(callSid, 'hung_up');
    return true;
  }

  /** Takes a live call from its agent; false: it is not live here. Where somebody was first: what was done. */
  intervene(callSid: string, kind: Intervention['kind'], by: string | null): boolean | Intervention {
    return this.#live.intervene(callSid, { kind, by, time: new Date().toISOString() });
  }

  /** The gateway that has the call has finished it. */
  finishedElsewhere(callSid: string): void {
    this.#finished.add(callSid);
    const session = this.#drop(callSid, 'this call is over');
    if (session) this.#unawaited(session.delete());
  }

  /**
   * The newest stream of a call owns its session: an older one is closed, a waiting one picked up, a stored one restored. Null
   * when the call is over or goes on elsewhere, or a newer stream has come meanwhile.
   */
  open(call: RegisteredCall, start: StartMessage): ReturnType<Registry['open']> {
    const { callSid, hop } = call.claims;
    if (this.#isClosed || this.#finished.has(callSid)) return null;
    const older = this.#live.get(callSid);
    this.#live.add(callSid, call);
    const session = this.#takeOver(callSid, older, 'superseded by a newer stream');
    // Else a stream in between was elsewhere.
    if (session && hop <= session.data.resumes + 1) return this.#resume(session, hop, start);
    return hop === 0 ? this.#begin(call, start) : this.#restore(call, start, session);
  }

  onLive(pending: RegisteredCall, live: RegisteredCall): void {
    const { callSid } = live.claims;
    if (this.#live.get(callSid) === pending) this.#live.add(callSid, live);
    // A newer stream has come, or the call has ended, just when the session was open.
    else if (live.session) this.#unawaited(live.session.release());
  }

  /** A call's stream has ended. */
  onEnd(call: RegisteredCall, end: StreamEnd): void {
    const { callSid } = call.claims;
    if (this.#live.get(callSid) !== call) return;
    if (end === 'stopped') return this.#unawaited(this.finish(callSid, 'hung_up'));
    this.#live.remove(callSid);
    this.#resumable.add(callSid, call.session);
  }

  /** Asks the store whether other gateways go on with calls of this one; those are lost here. Never rejects. */
  async verify(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.isOurs()));
  }

  /** The session of a call that is live or waits here, or is stored by another gateway, which had the stream `hop`; null when there is none. */
  async find(callSid: string, hop = 0): Promise<Session | null> {
    const here = this.#live.get(callSid)?.session ?? this.#resumable.sessionOf(callSid);
    if (here && here.data.resumes >= hop) return here.data;
    const stored = await this.#options.store.getSession(callSid);
    return stored ? restoreSession(callSid, stored) : (here?.data ?? null);
  }

  /** The call is over, or its next verb ends it or dials a person: recorded once, its session deleted. `false`: nothing is known of it. */
  async finish(callSid: string, why: CallOutcome, isDialled = false): Promise<boolean> {
    if (this.#finished.has(callSid)) return true;
    const call = this.#live.get(callSid);
    const session = this.#takeOver(callSid, call, 'this call is over');
    this.#live.remove(callSid);
    this.#finished.add(callSid);
    const { store } = this.#options;
    const data = call && session ? session.data : await latestOf(store, callSid, session);
    if (data) {
      const now = new Date(session?.data === data ? session.timeAt() : latestIn(data));
      this.#finished.report(data, why, isDialled, now);
      this.#live.tell({ type: 'ended', callSid });
    }
    this.#unawaited(session ? session.delete() : store.endSession(callSid));
    return data !== null;
  }

  #unawaited(work: Promise<unknown>): void {
    work.catch((error) => this.#options.logger.error({ err: error }, 'A call could not be finished'));
  }

  /** How many calls have lost their stream within the last `ms` and were not told yet what to do next. */
  resumableSince(ms: number): number {
    return this.#resumable.countSince(ms);
  }

  /** As `releaseAll`, and every call that starts from now on goes on elsewhere too. */
  close(reason: string): Promise<string[]> {
    this.#isClosed = true;
    return this.releaseAll(reason);
  }

  /** Closes every stream, and returns whose; the sessions stay in the store, so that another gateway can go on with the calls. */
  async releaseAll(reason: string): Promise<string[]> {
    const live = new Map(this.#live.all);
    const calls = [...live.values()];
    const sessions = [...calls.flatMap((call) => call.session ?? []), ...this.#resumable.takeAll()];
    for (const call of calls) call.release(reason);
    await this.untilEmpty();
    await Promise.all([...sessions, ...this.#resumable.takeAll()].map((session) => session.release()));
    return [...live.keys()];
  }

  // What an older stream was just saying is part of what was generated: it is cut off first.
  #takeOver(callSid: string, older: RegisteredCall | undefined, reason: string): LiveSession | null {
    const resumable = this.#resumable.take(callSid);
    older?.supersede(reason);
    return older ? older.session : resumable;
  }

  #begin({ claims }: RegisteredCall, { streamSid }: StartMessage): OpenedSession {
    const { callSid, from: callerPhone, attestation, hop, via } = claims;
    const data = newSession({ callSid, streamSid, callerPhone, attestation, test: via === 'browser' });
    // Counted on: what an earlier stream may have stored is older than this.
    const session = this.#adopt({ ...data, resumes: hop });
    session.change({});
    this.#options.metrics.callsStarted.inc({ resumed: 'false' });
    return { session, resumed: false };
  }

  async #restore(
    call: RegisteredCall,
    start: StartMessage,
    waiting: LiveSession | null,
  ): Promise<OpenedSession | null> {
    const { callSid, hop } = call.claims;
    const stored = await this.#options.store.getSession(callSid);
    const isNewest = this.#live.get(callSid) === call;
    if (waiting && (stored || !isNewest)) this.#unawaited(waiting.release());
    if (!isNewest || (!stored && waiting?.isFenced)) return null;
    const session = stored ? this.#adopt(restoreSession(callSid, stored), true) : waiting;
    return session ? this.#resume(session, hop, start) : this.#begin(call, start);
  }

  #resume(session: LiveSession, hop: number, { streamSid }: StartMessage): OpenedSession {
    const resumes = Math.max(hop, session.data.resumes + 1);
    session.change({ stream_sid: streamSid, speaking: false, resumes });
    this.#options.metrics.callsStarted.inc({ resumed: 'true' });
    return { session, resumed: true };
  }

  #adopt(data: Session, isRestored = false): LiveSession {
    const session: LiveSession = new LiveSession(data, {
      ...LiveCalls.sessionOptions(this.#options),
      isRestored,
      onChange: (changed) => {
        if (this.#isHere(data.call_sid)) this.#live.tell({ type: 'session', session: changed });
      },
      onFenced: () => this.#lose(session),
    });
    return session;
  }

  /** Another gateway goes on with this session or has ended it. It is of no call here any more when a newer stream has come back. */
  #lose(session: LiveSession): void {
    const { call_sid: callSid } = session.data;
    const current = this.#live.get(callSid)?.session ?? this.#resumable.sessionOf(callSid);
    if (current === session) this.#drop(callSid, 'another gateway goes on with this call');
  }

  /** Nothing of the call is ours any more, neither its end nor its session, which is returned. */
  #drop(callSid: string, reason: string): LiveSession | null {
    if (!this.#isHere(callSid)) return null;
    const session = this.#takeOver(callSid, this.#live.get(callSid), reason);
    this.#live.remove(callSid);
    this.#live.tell({ type: 'ended', callSid });
    return session;
  }

  #isHere(callSid: string): boolean {
    return this.#live.has(callSid) || this.#resumable.has(callSid);
  }

  get #sessions(): LiveSession[] {
    return [...this.#live.sessions, ...this.#resumable.sessions];
  }
}
