import { SILENCE } from '../../packages/twilio-simulator/src/audio/mulaw.js';
import type {
  Observation,
  Occurrence,
  StreamTrace,
} from '../../packages/twilio-simulator/src/conformance/observation.js';
import { SpeechClock } from '../../packages/twilio-simulator/src/conformance/speech-clock.js';
import { type ReadMessage, readServerMessage } from '../../packages/twilio-simulator/src/server-message.js';
import { endOfClose, type StreamEnd } from '../../packages/twilio-simulator/src/stream-end.js';
import type { RecordedLine, Recording } from '../recording/recording.js';
import { audioOf } from '../recording/said-utterances.js';

const GONE: StreamEnd = { how: 'stopped', error: null, detail: 'the caller ended the stream' };

/** A recorded stream as the linter sees one that it has held itself. */
export function traceOf({ lines }: Recording): StreamTrace {
  const seen: Observation[] = [{ kind: 'did', act: 'connect', atMs: 0 }];
  const streamSid = streamSidOf(lines);
  const clock = new SpeechClock();
  let pendingMarks = 0;
  for (const line of lines) {
    const occurrence = occurrenceOf(line, streamSid, () => ({
      unheardMs: pendingMarks > 0 ? clock.unheardMs(line.t) : 0,
      pendingMarks,
    }));
    if (!occurrence) continue;
    seen.push({ ...occurrence, atMs: line.t });
    const message = occurrence.kind === 'message' ? occurrence.read.message : null;
    if (message) clock.take(message, line.t);
    if (message?.event === 'mark') pendingMarks += 1;
    else if ('in' in line && line.in.event === 'mark') pendingMarks -= 1;
  }
  return { call: 'first', seen };
}

function streamSidOf(lines: readonly RecordedLine[]): string {
  const start = lines.find((line) => 'in' in line && line.in.event === 'start');
  return start && 'in' in start ? String(start.in.streamSid) : '';
}

function occurrenceOf(
  line: RecordedLine,
  streamSid: string,
  unheard: () => { unheardMs: number; pendingMarks: number },
): Occurrence | null {
  if ('in' in line) return received(line.in.event);
  if ('out' in line) return { kind: 'message', read: readOut(line.out, streamSid) };
  if ('out_text' in line) return { kind: 'message', read: readServerMessage(line.out_text, streamSid) };
  if ('note' in line && line.note === 'speech' && line.what === 'accepted')
    return { kind: 'did', act: 'speech' };
  if (!('end' in line)) return null;
  // How the socket was closed is not recorded: a server that means to end a call closes with 1000.
  const byServer = line.end === 'closed';
  return { kind: 'ended', end: byServer ? endOfClose(1000, '') : GONE, byServer, ...unheard() };
}

function received(event: unknown): Occurrence | null {
  if (event === 'connected') return { kind: 'opened' };
  if (event === 'start') return { kind: 'did', act: 'start' };
  if (event === 'dtmf') return { kind: 'did', act: 'key' };
  return event === 'stop' ? { kind: 'did', act: 'stop' } : null;
}

// A fixture has the length of the agent's audio in place of it.
function readOut(message: Readonly<Record<string, unknown>>, streamSid: string): ReadMessage {
  const audio = audioOf(message);
  if (typeof audio !== 'number') return readServerMessage(JSON.stringify(message), streamSid);
  const whole = { ...message, media: { payload: Buffer.alloc(audio, SILENCE).toString('base64') } };
  return readServerMessage(JSON.stringify(whole), streamSid);
}
