import { randomBytes } from 'node:crypto';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { VoiceForm } from '../twilio/webhooks.js';
import type { CallRegistry } from './call-registry.js';
import type { Fleet } from './fleet.js';
import type { StreamInvitations } from './stream-invitations.js';

/** So many calls from browsers at once: with a voice model each minute costs money. */
export const BROWSER_CALLS = 2;
/** So long each may last. */
export const BROWSER_CALL_MS = 600_000;
/** A page that has not opened its stream by then counts no more. */
const OPENS_WITHIN_MS = 15_000;
/** A call that has just its next stream opened cannot be ended yet. */
const AGAIN_MS = 500;

export interface BrowserCallsOptions {
  readonly registry: CallRegistry;
  readonly invitations: StreamInvitations;
  readonly fleet: Pick<Fleet, 'liveCalls'>;
  readonly isDraining: () => boolean;
  /** As for a call of the telephone. */
  readonly prepare: (form: VoiceForm) => void;
  readonly onAdmitted?: ((callSid: string) => void) | undefined;
  /** What comes after the stream `hop` of a call: TwiML. */
  readonly next: (form: VoiceForm, hop: number) => Promise<string>;
}

/** Whom the page plays. */
export type PlayedCaller = Pick<VoiceForm, 'from' | 'attestation'>;

/** `twiml`: what a call of the telephone would be answered. */
export type BegunCall =
  | { readonly status: 'begun'; readonly callSid: string; readonly twiml: string }
  | { readonly status: 'full' | 'draining' };

interface Known {
  /** Monotonic ms. */
  readonly since: number;
  /** When its time is over (monotonic ms); null: its stream was not opened yet. */
  endsAt: number | null;
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Calls from the gateway's own page, to try the line without a telephone. They go the way of all calls, but take no place of `MAX_CALLS`,
 * are marked as tests in session, call log and metrics, and reach nobody: no dialling, no call-back, no message.
 */
export class BrowserCalls {
  readonly #options: BrowserCallsOptions;
  readonly #calls = new Map<string, Known>();

  constructor(options: BrowserCallsOptions) {
    this.#options = options;
  }

  /** `from`: E.164 or `anonymous`. */
  async begin(caller: PlayedCaller): Promise<BegunCall> {
    const { invitations, isDraining, prepare, onAdmitted } = this.#options;
    if (isDraining()) return { status: 'draining' };
    if (this.#countHere() + (await this.#countElsewhere()) >= BROWSER_CALLS) return { status: 'full' };
    // Others may have come while the gateways were asked.
    if (this.#countHere() >= BROWSER_CALLS) return { status: 'full' };
    const callSid = `CA${randomBytes(16).toString('hex')}`;
    this.#calls.set(callSid, { since: performance.now(), endsAt: null });
    prepare(formOf(callSid, caller, 'ringing'));
    const call = { callSid, hop: 0, ...caller, via: 'browser' as const };
    const twiml = invitations.invite(call, await invitations.propose(call));
    if (twiml === null) return { status: 'draining' };
    onAdmitted?.(callSid);
    return { status: 'begun', callSid, twiml };
  }

  /** A stream of it is open: its time runs from its first one on, at whichever gateway that was. */
  opened({ callSid, hop }: Pick<StreamClaims, 'callSid' | 'hop'>): void {
    const known = this.#calls.get(callSid) ?? { since: performance.now(), endsAt: null };
    const isElsewhere = known.endsAt === null && hop > 0;
    known.endsAt ??= performance.now() + BROWSER_CALL_MS;
    this.#calls.set(callSid, known);
    this.#arm(callSid, known);
    if (isElsewhere) void this.#readTime(callSid, known);
  }

  /** Another gateway had the call's first stream: the session tells when that was. Until it does, and without it, the time is that of a new call. */
  async #readTime(callSid: string, known: Known): Promise<void> {
    const session = await this.#options.registry.find(callSid);
    if (!session) return;
    const goneMs = Math.max(0, Date.now() - Date.parse(session.created_at));
    known.endsAt = Math.min(known.endsAt ?? Infinity, performance.now() + BROWSER_CALL_MS - goneMs);
    this.#arm(callSid, known);
  }

  #arm(callSid: string, known: Known): void {
    clearTimeout(known.timer);
    const leftMs = Math.max(0, (known.endsAt ?? 0) - performance.now());
    known.timer = setTimeout(() => this.#end(callSid, known), leftMs).unref();
  }

  /** What comes after its stream `hop` (null: the last that is known): TwiML. Null: no browser has begun this call. */
  async next(callSid: string, hop: number | null): Promise<string | null> {
    const { registry, invitations, next } = this.#options;
    const latest = invitations.latest(callSid);
    const session = await registry.find(callSid);
    if (session ? session.test !== true : latest?.via !== 'browser') return null;
    const { caller_phone: from = 'anonymous', attestation = null } = session ?? {};
    const ended = hop ?? Math.max(latest?.hop ?? 0, session?.resumes ?? 0);
    return next(formOf(callSid, { from, attestation }, 'in-progress'), ended);
  }

  #countHere(): number {
    const { registry } = this.#options;
    const here = new Set(registry.callSids);
    for (const [callSid, { since, endsAt, timer }] of this.#calls) {
      const isComing = endsAt === null && performance.now() - since < OPENS_WITHIN_MS;
      if (here.has(callSid) || registry.isLive(callSid) || (isComing && !registry.isFinished(callSid)))
        continue;
      clearTimeout(timer);
      this.#calls.delete(callSid);
    }
    return this.#calls.size;
  }

  async #countElsewhere(): Promise<number> {
    const { sessions } = await this.#options.fleet.liveCalls();
    return sessions.filter(({ test, call_sid }) => test === true && !this.#calls.has(call_sid)).length;
  }

  #end(callSid: string, known: Known): void {
    const { registry, invitations } = this.#options;
    if (registry.intervene(callSid, 'time_limit', null) !== false) return;
    // Its stream has broken, and its next one is on its way; or none comes, and there is nothing to end.
    const isHere = registry.isLive(callSid) || invitations.isPending(callSid);
    if (isHere) known.timer = setTimeout(() => this.#end(callSid, known), AGAIN_MS).unref();
  }
}

function formOf(callSid: string, { from, attestation }: PlayedCaller, callStatus: string): VoiceForm {
  const none = { dialStatus: null, called: null, mayNameAnother: false };
  return { callSid, from, attestation, callStatus, canBeShown: true, ...none };
}
