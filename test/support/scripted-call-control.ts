import type { Agent, AgentFault, AgentReport, CallControl, OpenUtterance } from '../../src/agents/agent.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Customer } from '../../src/customers/customer.js';
import type { Caller } from '../../src/desk/caller.js';
import type { LiveSessionStore } from '../../src/sessions/fenced-session-writer.js';
import { LiveSession } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import type { Heard } from '../../src/twilio/utterance.js';

type Pieces = Parameters<CallControl['say']>[0];

interface Utterance {
  readonly pieces: SpokenPiece[];
  /** Settles how it ended; a no-op the second time. */
  finish(completed: boolean): void;
  /** Ends it after so much, with these words heard; a no-op when it is over. */
  cut(heardMs: number, text?: string): void;
  readonly heard: Promise<Heard>;
  /** What was told last of its text-less audio. */
  transcript: { readonly text: string; readonly isComplete: boolean } | null;
  /** No more pieces will come. */
  ended: boolean;
  over: boolean;
}

export interface ScriptedCaller {
  readonly phone?: string;
  readonly attested?: boolean;
  readonly customer?: Customer | null | Promise<Customer | null>;
  readonly session?: Partial<Session>;
}

/** A call without a stream: what is said plays at once, or when the test says so. */
export class ScriptedCallControl implements CallControl {
  readonly session: LiveSession;
  readonly caller: Caller;
  readonly utterances: Utterance[] = [];
  readonly reports: AgentReport[] = [];
  readonly faults: AgentFault[] = [];
  /** How often the agent has said that its silence is to be watched. */
  mustRespondCount = 0;
  /** For how long it has said last that the caller's audio may wait (ms). */
  audioMayWaitMs: number | null = null;
  /** How the agent left the call. */
  left: 'hung up' | 'transferred' | 'failed' | null = null;
  /** `false`: an utterance ends only by `playOut` or an interruption. */
  instant = true;

  constructor({ phone = '+15125550123', ...about }: ScriptedCaller = {}) {
    const { attested = false, customer = null, session = {} } = about;
    this.caller = { phone, attested, customer: Promise.resolve(customer) };
    this.session = new LiveSession(sessionOf(session), {
      store: FORGETFUL_STORE,
      logger: silentLogger(),
      ttlSeconds: 3600,
    });
  }

  /** The sentences of each utterance so far, joined. */
  get said(): string[] {
    return this.utterances.map(({ pieces }) => pieces.map(({ text }) => text).join(' '));
  }

  get lastSaid(): string {
    return this.said.at(-1) ?? '';
  }

  say(pieces: Pieces): Promise<Heard> {
    const utterance = this.#begin();
    return this.#fill(utterance, [...pieces]);
  }

  open(): OpenUtterance {
    const utterance = this.#begin();
    return {
      heard: utterance.heard,
      push: (piece) => {
        if (!utterance.over) utterance.pieces.push(piece);
      },
      transcribe: (text, isComplete) => {
        utterance.transcript = { text, isComplete };
      },
      end: () => this.#end(utterance),
    };
  }

  audioMayWait(ms: number): void {
    this.audioMayWaitMs = ms;
  }

  mustRespond(): void {
    this.mustRespondCount += 1;
  }

  setTimer(act: () => void, ms: number): NodeJS.Timeout {
    return setTimeout(act, ms);
  }

  /** A rejection fails the test. */
  inBackground(work: Promise<unknown>): void {
    void work;
  }

  report(report: AgentReport): void {
    this.reports.push(report);
  }

  interrupt(): void {
    for (const utterance of this.utterances) utterance.finish(false);
  }

  hangUp(): void {
    this.left ??= 'hung up';
  }

  transfer(): void {
    this.left ??= 'transferred';
  }

  fail(reason: AgentFault): void {
    this.faults.push(reason);
    this.left ??= 'failed';
  }

  /** Everything said so far has been played. */
  playOut(): void {
    for (const utterance of this.utterances) if (utterance.ended) utterance.finish(true);
  }

  /** What a call does with a key. */
  press(agent: Agent, digit: string): void {
    const speaking = this.utterances.findLast(({ over }) => !over);
    this.interrupt();
    if (speaking) agent.onInterrupted?.({ completed: false, heardMs: 0, text: '', unheard: speaking.pieces });
    agent.onDigit(digit);
  }

  #begin(): Utterance {
    let settle: (heard: Heard) => void = () => undefined;
    const heard = new Promise<Heard>((resolve) => {
      settle = resolve;
    });
    const utterance: Utterance = {
      pieces: [],
      transcript: null,
      heard,
      ended: false,
      over: false,
      cut: (heardMs, text = '') => {
        if (utterance.over) return;
        utterance.over = true;
        settle({ completed: false, heardMs, text, unheard: utterance.pieces });
      },
      finish: (completed) => {
        if (utterance.over) return;
        utterance.over = true;
        const text = completed ? utterance.pieces.map((piece) => piece.text).join(' ') : '';
        settle({ completed, heardMs: 0, text, unheard: completed ? [] : utterance.pieces });
      },
    };
    this.utterances.push(utterance);
    return utterance;
  }

  // Ready pieces at the head are taken in this same turn, as on a real call.
  async #fill(utterance: Utterance, pieces: (SpokenPiece | null | Promise<SpokenPiece | null>)[]) {
    for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
    try {
      for (const piece of pieces) {
        const ready = piece instanceof Promise ? await piece : piece;
        if (utterance.over) break;
        if (ready) utterance.pieces.push(ready);
      }
    } finally {
      this.#end(utterance);
    }
    return await utterance.heard;
  }

  #end(utterance: Utterance): void {
    utterance.ended = true;
    if (this.instant) utterance.finish(true);
  }
}

/** A session as a new call has it, with what the test wants otherwise. */
export function sessionOf(changes: Partial<Session> = {}): Session {
  const now = '2026-11-23T15:00:00.000Z';
  return {
    call_sid: `CA${'0123456789abcdef'.repeat(2)}`,
    stream_sid: `MZ${'0123456789abcdef'.repeat(2)}`,
    caller_phone: '+15125550123',
    customer_id: null,
    conversation_history: [],
    current_state: 'greeting',
    collected_data: {},
    intent: null,
    speaking: false,
    created_at: now,
    last_updated: now,
    attestation: null,
    states: [],
    interruptions: 0,
    resumes: 0,
    verified: null,
    vin_tries: 0,
    desk_writes: 0,
    unheard: [],
    delays: { greeting_ms: null, response: null, interruption: null, mark_lag: null, model: null },
    agents: [],
    usage: null,
    ...changes,
  };
}

const FORGETFUL_STORE: LiveSessionStore = {
  openSlot: () => ({ save: async () => ({ outcome: 'stored', adopted: {}, over: 'stored' }) }),
  setSession: async () => true,
  getSession: async () => null,
  updateSession: async () => true,
  deleteSession: async () => true,
  endSession: async () => true,
  checkHealth: async () => ({ status: 'embedded' }),
  close: async () => undefined,
};
