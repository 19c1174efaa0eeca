import { BYTES_PER_MS } from '../../packages/twilio-simulator/src/audio/mulaw.js';
import type { Breach, Rule } from '../../packages/twilio-simulator/src/conformance/finding.js';
import { MESSAGES } from '../../packages/twilio-simulator/src/conformance/sources.js';
import { CONNECTED, StreamMessages } from '../../packages/twilio-simulator/src/stream-message.js';
import type { RecordedLine, Recording } from '../recording/recording.js';
import { audioOf } from '../recording/said-utterances.js';

type Message = Readonly<Record<string, unknown>>;

const FORM: Rule = {
  id: 'caller-message-form',
  severity: 'error',
  twilio: null,
  why: 'Twilio writes exactly these fields, in this order, with one sequence for all messages and every number but those of mediaFormat as a string. A server may rely on it.',
  source: MESSAGES,
};

const TIME: Rule = {
  id: 'caller-media-time',
  severity: 'error',
  twilio: null,
  why: 'The timestamp of a frame is where it lies in the stream: it never goes back, and no two frames lie at one place.',
  source: `${MESSAGES}#media-message`,
};

const MARK: Rule = {
  id: 'caller-mark',
  severity: 'error',
  twilio: null,
  why: 'A mark comes back once, in the order in which marks were sent, when all audio before it was played or was cleared. A server takes it for what was heard.',
  source: `${MESSAGES}#mark-message`,
};

/** A server counts from when it sent, and the caller from when the audio came; the clock of a sound device is not ours either. */
const EARLY_MS = 100;

/** What of the messages that a server received is not as Twilio sends them. Times count from when the stream was accepted. */
export function checkCaller({ lines }: Recording): Breach[] {
  return [...checkForm(lines), ...checkTimes(lines), ...checkMarksBack(lines)];
}

/** Each message beside the one that the simulator would have written in its place. */
function checkForm(lines: readonly RecordedLine[]): Breach[] {
  const breaches: Breach[] = [];
  const fail = (atMs: number, seen: string) => breaches.push({ rule: FORM, atMs, seen });
  let writer: StreamMessages | null = null;
  let isOver = false;
  for (const [n, line] of received(lines).entries()) {
    const { t, message, text } = line;
    const event = String(message?.event);
    if (isOver) fail(t, `A ${event} message came behind stop`);
    else if (n === 0) {
      if (text !== CONNECTED) fail(t, 'The first message is not connected');
    } else if (!message) fail(t, 'A message is no JSON object');
    else {
      writer ??= writerOf(message);
      const due = writer && written(writer, message);
      if (due === null) fail(t, `A ${event} message has no place in a stream, or came before start`);
      else if (due !== text) fail(t, `A ${event} message is not written as Twilio writes it`);
      isOver = event === 'stop';
    }
  }
  return breaches;
}

interface Received {
  readonly t: number;
  /** Null: it is no JSON object. */
  readonly message: Message | null;
  readonly text: string;
}

function received(lines: readonly RecordedLine[]): Received[] {
  return lines.flatMap((line): Received[] => {
    if ('in' in line) return [{ t: line.t, message: line.in, text: JSON.stringify(line.in) }];
    return 'in_text' in line ? [{ t: line.t, message: null, text: line.in_text }] : [];
  });
}

function writerOf({ event, streamSid, start }: Message): StreamMessages | null {
  const { accountSid, callSid } = objectOf(start);
  if (event !== 'start') return null;
  return new StreamMessages({
    accountSid: String(accountSid),
    callSid: String(callSid),
    streamSid: String(streamSid),
  });
}

/** What the simulator writes for this message; null where it never writes such a one. */
function written(writer: StreamMessages, message: Message): string | null {
  const body = objectOf(message[String(message.event)]);
  if (message.event === 'start') return writer.start(textsOf(objectOf(body.customParameters)));
  if (message.event === 'media') return writer.media(Number(body.timestamp), String(body.payload));
  if (message.event === 'dtmf') return writer.dtmf(String(body.digit));
  if (message.event === 'mark') return writer.mark(String(body.name));
  return message.event === 'stop' ? writer.stop() : null;
}

function textsOf(fields: Message): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

function checkTimes(lines: readonly RecordedLine[]): Breach[] {
  let last = Number.NEGATIVE_INFINITY;
  return lines.flatMap((line) => {
    const media = 'in' in line && line.in.event === 'media' ? objectOf(line.in.media) : null;
    if (!media) return [];
    const [before, time] = [last, Number(media.timestamp)];
    last = time;
    const seen = `A frame of the time ${time} came behind one of ${before}`;
    return time > before ? [] : [{ rule: TIME, atMs: line.t, seen }];
  });
}

/** Every mark that came back, beside when its audio can have been played at the earliest. */
function checkMarksBack(lines: readonly RecordedLine[]): Breach[] {
  const breaches: Breach[] = [];
  const pending: { readonly name: string; dueAt: number }[] = [];
  let playedTo = 0;
  for (const line of lines) {
    const { t } = line;
    if ('out' in line && line.out.event === 'mark') {
      pending.push({ name: nameOf(line.out), dueAt: playedTo });
    } else if ('out' in line && line.out.event === 'clear') {
      playedTo = t;
      for (const mark of pending) mark.dueAt = Math.min(mark.dueAt, t);
    } else if ('out' in line) {
      playedTo = Math.max(playedTo, t) + bytesOf(line.out) / BYTES_PER_MS;
    } else if ('in' in line && line.in.event === 'mark') {
      const seen = whyNotBack(pending, nameOf(line.in), t);
      if (seen !== null) breaches.push({ rule: MARK, atMs: t, seen });
    }
  }
  return breaches;
}

/** Takes the mark that is back from those that are pending; a sentence when it may not be back. */
function whyNotBack(
  pending: { readonly name: string; readonly dueAt: number }[],
  name: string,
  atMs: number,
): string | null {
  const place = pending.findIndex((mark) => mark.name === name);
  const [mark] = place < 0 ? [] : pending.splice(place, 1);
  if (!mark) return 'A mark came back that was not sent, or for the second time';
  if (place > 0) return `A mark came back before ${place} that were sent before it`;
  const early = Math.round(mark.dueAt - atMs);
  return early > EARLY_MS ? `A mark came back ${early} ms before its audio can have been played` : null;
}

function bytesOf(message: Message): number {
  const audio = audioOf(message) ?? 0;
  return typeof audio === 'number' ? audio : audio.length;
}

function nameOf({ mark }: Message): string {
  return String(objectOf(mark).name);
}

function objectOf(value: unknown): Message {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
