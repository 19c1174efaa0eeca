import type { AgentFailure, CallControl, OpenOptions, OpenUtterance } from '../agents/agent.js';
import { jsonProblem } from '../core/json.js';
import type { Playback } from '../twilio/playback.js';
import type { Sayable, SpokenPiece } from '../twilio/spoken-piece.js';
import type { Heard } from '../twilio/utterance.js';
import type { AgentReports } from './agent-reports.js';
import type { Conversation } from './conversation.js';
import type { ResponseWatchdog } from './response-watchdog.js';

/** What of a call an agent may use, through its control. */
export interface ControlledCall extends Pick<CallControl, 'session' | 'caller' | 'interrupt'> {
  readonly conversation: Pick<Conversation, 'say' | 'open'>;
  readonly playback: Pick<Playback, 'isIdle' | 'unheardMs' | 'speaking'>;
  readonly reports: Pick<AgentReports, 'add'>;
  readonly watchdog: Pick<ResponseWatchdog, 'expect' | 'isExpecting'>;
  /** What of the caller comes in the next `ms` may be read together. */
  readonly readLater: (ms: number) => void;
  /** Ends the stream when everything said so far has been played. */
  readonly end: (as: 'completed' | 'transferring') => void;
}

/** Who holds a control. */
export interface ControlHolder {
  /** It has the call: it has neither failed nor been stopped. */
  readonly isOn: boolean;
  fail(reason: AgentFailure, error?: unknown): void;
}

/** More than that in one piece, or waiting to be played, is invalid: Twilio itself keeps ten minutes (480 kB a minute). */
const MAX_AUDIO_BYTES = 10 * 480_000;
const MAX_BACKLOG_MS = 600_000;
const MAX_TEXT = 10_000;

interface Lent {
  readonly call: ControlledCall;
  readonly holder: ControlHolder;
}

/** The control of one agent: it does nothing any more once the agent has failed or was stopped, and lets no invalid audio through. */
export function revocableControl(call: ControlledCall, holder: ControlHolder): CallControl {
  const lent = { call, holder };
  const ifOn = (act: () => void) => () => {
    if (holder.isOn) act();
  };
  return {
    session: revocableSession(lent),
    caller: call.caller,
    say: (pieces) => say([...pieces], lent),
    open: (options) => open(lent, options),
    report: (report) => {
      if (holder.isOn) call.reports.add(report);
    },
    setTimer: (act, ms) => setTimeout(() => guarded(act, holder), ms),
    inBackground: (work) => {
      work.catch((error) => holder.fail('threw', error));
    },
    mustRespond: ifOn(() => call.watchdog.expect()),
    audioMayWait: (ms) => {
      if (holder.isOn && !call.playback.speaking) call.readLater(ms);
    },
    interrupt: ifOn(call.interrupt),
    hangUp: ifOn(() => call.end('completed')),
    transfer: ifOn(() => call.end('transferring')),
    fail: (reason, error) => holder.fail(reason, error),
  };
}

function guarded(act: () => void, holder: ControlHolder): void {
  if (!holder.isOn) return;
  try {
    act();
  } catch (error) {
    holder.fail('threw', error);
  }
}

/** It can always be read, and changed only while its holder has the call, to what can be stored. */
function revocableSession({ call: { session }, holder }: Lent): CallControl['session'] {
  const ifValid = (what: object, act: () => void) => {
    if (!holder.isOn) return;
    if (jsonProblem(what) === null) act();
    else holder.fail('garbage');
  };
  return {
    get data() {
      return session.data;
    },
    timeAt: (monotonicMs) => session.timeAt(monotonicMs),
    change: (change) => ifValid(change, () => session.change(change)),
    addTurn: (turn) => ifValid(turn, () => session.addTurn(turn)),
    replaceTurn: (before, after) => ifValid(after, () => session.replaceTurn(before, after)),
  };
}

function say(pieces: readonly Sayable[], lent: Lent): Promise<Heard> {
  const { call, holder } = lent;
  if (!holder.isOn) return Promise.resolve(unheard(pieces));
  const checked = pieces.map((piece) =>
    piece instanceof Promise ? piece.then((made) => valid(made, lent)) : valid(piece, lent),
  );
  if (!holder.isOn) return Promise.resolve(unheard(checked));
  const said = call.conversation.say(checked);
  said.catch((error) => guarded(() => onUnsaid(error, lent), holder));
  return said;
}

function open(lent: Lent, { isTranscribed = false }: OpenOptions = {}): OpenUtterance {
  const { call, holder } = lent;
  const nothing = () => undefined;
  if (!holder.isOn)
    return { heard: Promise.resolve(unheard([])), push: nothing, transcribe: nothing, end: nothing };
  const utterance = call.conversation.open(isTranscribed);
  return {
    heard: utterance.heard,
    // What was heard of an agent that is gone was heard all the same.
    transcribe: (text, isComplete) => {
      if (text.length <= MAX_TEXT) utterance.transcribe(text, isComplete);
      else if (holder.isOn) holder.fail('garbage');
    },
    push: (piece) => {
      const checked = holder.isOn ? valid(piece, lent) : null;
      if (checked) utterance.push(checked);
    },
    end: () => utterance.end(),
  };
}

// A sentence cannot be made, and the caller waits for words in its place. The agent hears of it after this: what it says then, or that it
// leaves the call, is its answer.
function onUnsaid(error: unknown, { call: { watchdog, playback }, holder }: Lent): void {
  watchdog.expect();
  const check = () => {
    if (watchdog.isExpecting && playback.isIdle) holder.fail('voice', error);
  };
  setImmediate(() => guarded(check, holder));
}

// Its type says what a piece is; but a model may be behind it, and what is wrong here would be heard for minutes.
function valid(piece: SpokenPiece | null, { call: { playback }, holder }: Lent): SpokenPiece | null {
  if (!piece) return null;
  const { text, audio } = piece;
  const isValid =
    Buffer.isBuffer(audio) &&
    audio.length <= MAX_AUDIO_BYTES &&
    typeof text === 'string' &&
    text.length <= MAX_TEXT &&
    playback.unheardMs <= MAX_BACKLOG_MS;
  if (!isValid) holder.fail('garbage');
  return isValid ? piece : null;
}

function unheard(pieces: readonly Sayable[]): Heard {
  for (const piece of pieces) if (piece instanceof Promise) piece.catch(() => undefined);
  return { completed: false, heardMs: 0, text: '', unheard: pieces };
}
