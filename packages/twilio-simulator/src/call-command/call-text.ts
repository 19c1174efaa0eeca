import type { CallEvent, Outcome } from '../call-record.js';
import { messageOf } from '../error.js';
import { readTwiml, type Verb } from '../twiml-reader.js';
import type { CallScreen } from './call-screen.js';
import type { CallSummary } from './call-summary.js';

/** Shows what Twilio, the caller and the wire did; not what the agent said. */
export function showEvent(screen: CallScreen, event: CallEvent): void {
  if (event.kind === 'key') return screen.line(event.at, 'caller', `presses ${event.digit}`);
  if (event.kind === 'caller-says') return screen.line(event.at, 'caller', `says: ${event.text}`);
  if (event.kind === 'protocol-error') return screen.line(event.at, 'error', protocolError(event));
  const text = systemText(event);
  if (text !== null) screen.line(event.at, 'system', text);
}

/** `more`: what else is known of the call, as lines of a name and a text. */
export function showSummary(
  screen: CallScreen,
  summary: CallSummary,
  more: readonly (readonly [name: string, text: string])[] = [],
): void {
  screen.note(`\n${headline(summary)}: ${endText(summary.outcome)}.`);
  screen.fact('call', `${summary.callSid}, ${(summary.durationMs / 1000).toFixed(1)} s`);
  screen.fact('greeting', greetingText(summary.greetingDelayMs));
  const { count, totalMs } = summary.gaps;
  if (count > 0)
    screen.fact('gaps', `${count} within the agent's words, ${totalMs} ms in all: its audio came late`);
  for (const [name, text] of more) screen.fact(name, text);
  if (summary.recording) screen.fact('recording', `${summary.recording} (left the caller, right the agent)`);
  for (const error of summary.protocolErrors) screen.fact('protocol', error);
  if (summary.protocolErrors.length === 0) screen.fact('protocol', 'no errors');
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
    return `TwiML that cannot run: ${messageOf(error)}`;
  }
}

function verbText(verb: Verb): string {
  if (verb.verb === 'unplayed') return `${verb.what} (the simulator cannot play it)`;
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
