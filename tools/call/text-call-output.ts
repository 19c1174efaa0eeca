import type { CallEvent, Outcome } from '../../packages/twilio-simulator/src/call-record.js';
import { readTwiml, type Verb } from '../../packages/twilio-simulator/src/twiml-reader.js';
import { summarize } from '../../src/core/errors.js';
import type { DelayFigures, LoggedCall } from './call-api.js';
import type { CallOutput, CallSummary } from './call-output.js';
import type { CallScreen } from './call-screen.js';
import type { LiveSessionView, SeenTurn } from './live-session-view.js';

/** A call as a conversation that can be read along. */
export class TextCallOutput implements CallOutput {
  readonly #screen: CallScreen;
  #turnsShown = 0;
  #known: ReadonlySet<string> = new Set();

  constructor(screen: CallScreen) {
    this.#screen = screen;
  }

  note(text: string): void {
    this.#screen.note(text);
  }

  event(event: CallEvent): void {
    if (event.kind === 'key') return this.#screen.line(event.at, 'caller', `presses ${event.digit}`);
    if (event.kind === 'protocol-error') return this.#screen.line(event.at, 'error', protocolError(event));
    const text = systemText(event);
    if (text !== null) this.#screen.line(event.at, 'system', text);
  }

  session(session: LiveSessionView, atMs: number): void {
    for (const turn of session.history.slice(this.#turnsShown)) this.#turn(turn, atMs);
    this.#turnsShown = Math.max(this.#turnsShown, session.history.length);
    this.#step(session, atMs);
  }

  summary(summary: CallSummary): void {
    const screen = this.#screen;
    screen.note(`\n${headline(summary)}: ${endText(summary.outcome)}.`);
    screen.fact('call', `${summary.callSid}, ${(summary.durationMs / 1000).toFixed(1)} s`);
    screen.fact('greeting', greetingText(summary.greetingDelayMs));
    const { count, totalMs } = summary.gaps;
    if (count > 0)
      screen.fact('gaps', `${count} within the agent's words, ${totalMs} ms in all: its audio came late`);
    if (summary.states.length > 0) screen.fact('states', summary.states.join(' → '));
    if (summary.booked) screen.fact('booked', bookedText(summary.booked));
    if (summary.logged)
      screen.fact('logged', `${summary.logged.outcome}, ${summary.logged.interruptions} interruptions`);
    for (const text of latencyTexts(summary.logged?.latency ?? null)) screen.fact('latency', text);
    if (summary.recording)
      screen.fact('recording', `${summary.recording} (left the caller, right the agent)`);
    for (const problem of summary.apiProblems) screen.fact('unknown', problem);
    for (const error of summary.protocolErrors) screen.fact('protocol', error);
    if (summary.protocolErrors.length === 0) screen.fact('protocol', 'no errors');
  }

  #step({ state, collected }: LiveSessionView, atMs: number): void {
    const facts = Object.entries(collected).map(([name, value]) => `${name} ${value}`);
    const news = [state, ...facts].filter((fact) => !this.#known.has(fact));
    if (news.length > 0) this.#screen.line(atMs, 'system', news.join(' · '));
    this.#known = new Set([state, ...facts]);
  }

  #turn({ role, content, interrupted }: SeenTurn, atMs: number): void {
    if (role === 'assistant')
      this.#screen.line(atMs, 'agent', interrupted ? `${content} … (interrupted)` : content);
    // A key was shown when it was pressed.
    else if (role === 'user' && !/^pressed (.|a key)$/.test(content))
      this.#screen.line(atMs, 'caller', `“${content}”`);
    else if (role === 'function') this.#screen.line(atMs, 'system', content);
  }
}

function systemText(event: CallEvent): string | null {
  switch (event.kind) {
    case 'twiml':
      return `the gateway answers ${twimlText(event.document)}`;
    case 'stream-started':
      return 'the media stream is open';
    case 'stream-ended':
      return `the media stream is over: ${event.end.detail}${unplayedText(event.unplayedMs)}`;
    case 'say':
      return `Twilio says: “${event.text}”`;
    case 'play':
      return `Twilio plays ${event.text}`;
    case 'dial':
      return `Twilio dials ${event.number}`;
    default:
      return null;
  }
}

function protocolError({
  code,
  message,
}: {
  readonly code: number | null;
  readonly message: string;
}): string {
  return code === null ? message : `${message} (Twilio error ${code})`;
}

function unplayedText(ms: number): string {
  return ms > 0 ? `; ${Math.round(ms)} ms of the agent's words were never heard` : '';
}

function twimlText(document: string): string {
  try {
    return readTwiml(document).map(verbText).join(', then ') || 'an empty <Response>';
  } catch (error) {
    return `TwiML that cannot run: ${summarize(error).message}`;
  }
}

function verbText(verb: Verb): string {
  const name = `<${verb.verb.charAt(0).toUpperCase()}${verb.verb.slice(1)}>`;
  return verb.verb === 'dial' ? `${name} ${verb.number}` : name;
}

function headline({ ok, outcome, protocolErrors }: CallSummary): string {
  if (ok) return 'The call ended as the TwiML said';
  if (outcome.kind === 'caller-hung-up') return 'The call ended early';
  return protocolErrors.length > 0 ? 'The gateway broke the protocol' : 'The call did not end well';
}

function endText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'hangup':
      return '<Hangup>';
    case 'end-of-twiml':
      return 'no verb was left';
    case 'dial':
      return `<Dial> to ${outcome.number}`;
    case 'caller-hung-up':
      return 'the caller hung up before the agent did';
    case 'vanished':
      return 'it was dropped';
    case 'fault':
      return outcome.reason;
  }
}

function greetingText(delayMs: number | null): string {
  return delayMs === null ? 'none was heard' : `${Math.round(delayMs)} ms after the start of the stream`;
}

function latencyTexts(latency: LoggedCall['latency']): string[] {
  if (!latency) return [];
  const { response_ms, interruption_ms, mark_lag_ms } = latency;
  return [
    delayText(response_ms, 'from the end of speech or a key to the answer'),
    delayText(interruption_ms, 'from the beginning of an interruption to silence'),
    delayText(mark_lag_ms, 'from the last sound of an utterance to its mark'),
  ].filter((text) => text !== null);
}

function delayText(figures: DelayFigures, what: string): string | null {
  if (!figures) return null;
  const { count, median, max } = figures;
  return `${what}: ${count === 1 ? `${max} ms` : `${median} ms in the median, ${max} ms at most (${count})`}`;
}

function bookedText({ id, serviceType, date }: NonNullable<CallSummary['booked']>): string {
  return `${serviceType} at ${date} (appointment ${id})`;
}
