import type { Agent, AgentFactory, AgentFault, CallControl, OpenUtterance } from '../agents/agent.js';
import type { Heard, Sayable, SpokenPiece } from '../twilio/utterance.js';

type CallSession = CallControl['session'];

/** `threw`: from a method or its promise; `voice`: a sentence could not be made, and nothing was said instead; `silent`: it did not respond. */
export type AgentFailure = AgentFault | 'threw' | 'voice' | 'silent';

/** More than that in one piece, or waiting to be played, is invalid: Twilio itself keeps ten minutes (480 kB a minute). */
const MAX_AUDIO_BYTES = 10 * 480_000;
const MAX_BACKLOG_MS = 600_000;
const MAX_TEXT = 10_000;

/** What the call hands to its present agent. */
export interface GuardedControl extends Omit<CallControl, 'fail'> {
  /** Milliseconds of audio that wait to be heard. */
  readonly backlogMs: () => number;
  /** A sentence that was to be said cannot be made: the caller waits for words in its place. */
  readonly onUnsaid: () => void;
  /** A response is still expected, and none is on its way. */
  readonly isSilent: () => boolean;
}

export interface GuardedAgentOptions {
  readonly control: GuardedControl;
  /** The agent has failed; called once, and nothing that it does counts any more. */
  readonly onFault: (reason: AgentFailure, error?: unknown) => void;
  /** It failed to stop. */
  readonly onStuck: (error: unknown) => void;
}

/** One agent at work on one call: what it throws goes no further than here, and what it may do ends when it fails or leaves. */
export class GuardedAgent {
  readonly #options: GuardedAgentOptions;
  #agent: Agent | null = null;
  /** It has the call: neither failed nor stopped. */
  #isOn = true;

  constructor(options: GuardedAgentOptions) {
    this.#options = options;
  }

  /** Null before it is made, and when it cannot be. */
  get agent(): Agent | null {
    return this.#agent;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Makes the agent. */
  make(create: AgentFactory): void {
    this.#guarded(() => {
      this.#agent = create(this.#control());
    });
  }

  /** Calls the agent, if it still has the call. */
  tell(what: (agent: Agent) => unknown): void {
    const agent = this.#agent;
    if (agent && this.#isOn) this.#guarded(() => what(agent));
  }

  /** The agent cannot go on. */
  fail(reason: AgentFailure, error?: unknown): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#options.onFault(reason, error);
  }

  /** Stops the agent; to be called once, whether it has failed or not. */
  leave(): void {
    this.#isOn = false;
    this.#stop().catch(this.#options.onStuck);
  }

  async #stop(): Promise<void> {
    await this.#agent?.stop();
  }

  // A method may be async although nothing waits for it.
  #guarded(work: () => unknown): void {
    try {
      const result = work();
      if (result instanceof Promise) result.catch((error) => this.fail('threw', error));
    } catch (error) {
      this.fail('threw', error);
    }
  }

  #control(): CallControl {
    const { control } = this.#options;
    const { session, caller } = control;
    const ifOn = (act: () => void) => () => {
      if (this.#isOn) act();
    };
    return {
      session: new RevocableSession(session, this),
      caller,
      say: (pieces) => this.#say([...pieces]),
      open: () => this.#open(),
      interrupt: ifOn(control.interrupt),
      hangUp: ifOn(control.hangUp),
      transfer: ifOn(control.transfer),
      fail: (reason) => this.fail(reason),
    };
  }

  #say(pieces: readonly Sayable[]): Promise<Heard> {
    if (!this.#isOn) return Promise.resolve(unheard(pieces));
    const checked = pieces.map((piece) =>
      piece instanceof Promise ? piece.then((made) => this.#checked(made)) : this.#checked(piece),
    );
    if (!this.#isOn) return Promise.resolve(unheard(checked));
    const said = this.#options.control.say(checked);
    said.catch((error) => this.#onUnsaid(error));
    return said;
  }

  // The agent hears of it after this: what it says then, or that it leaves the call, is its answer.
  #onUnsaid(error: unknown): void {
    const { control } = this.#options;
    if (!this.#isOn) return;
    control.onUnsaid();
    setImmediate(() => {
      if (control.isSilent()) this.fail('voice', error);
    });
  }

  #open(): OpenUtterance {
    if (!this.#isOn) return { heard: Promise.resolve(unheard([])), push: () => {}, end: () => {} };
    const utterance = this.#options.control.open();
    return {
      heard: utterance.heard,
      push: (piece) => {
        const checked = this.#isOn ? this.#checked(piece) : null;
        if (checked) utterance.push(checked);
      },
      end: () => utterance.end(),
    };
  }

  // Its type says what a piece is; but a model may be behind it, and what is wrong here would be heard for minutes.
  #checked(piece: SpokenPiece | null): SpokenPiece | null {
    if (!piece) return null;
    const { text, audio } = piece;
    const makesSense =
      Buffer.isBuffer(audio) &&
      audio.length <= MAX_AUDIO_BYTES &&
      typeof text === 'string' &&
      text.length <= MAX_TEXT &&
      this.#options.control.backlogMs() <= MAX_BACKLOG_MS;
    if (!makesSense) this.fail('garbage');
    return makesSense ? piece : null;
  }
}

/** The session as an agent holds it: it can always be read, and changed only while the agent has the call. */
class RevocableSession implements CallSession {
  readonly #session: CallSession;
  readonly #holder: Pick<GuardedAgent, 'isOn'>;

  constructor(session: CallSession, agent: Pick<GuardedAgent, 'isOn'>) {
    this.#session = session;
    this.#holder = agent;
  }

  get data(): CallSession['data'] {
    return this.#session.data;
  }

  change(change: Parameters<CallSession['change']>[0]): void {
    if (this.#holder.isOn) this.#session.change(change);
  }

  addTurn(turn: Parameters<CallSession['addTurn']>[0]): void {
    if (this.#holder.isOn) this.#session.addTurn(turn);
  }
}

function unheard(pieces: readonly Sayable[]): Heard {
  for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
  return { completed: false, heardMs: 0, text: '', unheard: pieces };
}
