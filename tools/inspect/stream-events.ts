import { z } from 'zod';
import { SILENCE } from '../../src/audio/mulaw.js';
import { parseMessage } from '../../src/twilio/messages.js';
import { RepeatedKeys } from '../../src/twilio/repeated-keys.js';
import type { StreamEnd } from '../../src/twilio/stream-observer.js';
import type { RecordedLine, RecordedNote } from '../recording/recording.js';

/** What a recorded line means; `atMs`: milliseconds since the stream was accepted. Audio is mu-law. */
export type StreamEvent = { readonly atMs: number } & (
  | { readonly kind: 'start'; readonly callSid: string; readonly streamSid: string }
  | { readonly kind: 'frame'; readonly timestampMs: number; readonly audio: Buffer }
  | { readonly kind: 'key'; readonly digit: string }
  | { readonly kind: 'mark-back'; readonly name: string }
  | { readonly kind: 'stop' }
  | { readonly kind: 'said'; readonly audio: Buffer }
  | { readonly kind: 'mark'; readonly name: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'note'; readonly note: RecordedNote }
  | { readonly kind: 'end'; readonly how: StreamEnd }
  | { readonly kind: 'truncated' }
  /** A message that says nothing to us. */
  | { readonly kind: 'odd' }
);

/** Of a fixture, which keeps no audio of the agent. */
const KeptLength = z.object({ bytes: z.int().nonnegative().max(1_000_000) });

const Outbound = z.discriminatedUnion('event', [
  z.object({ event: z.literal('media'), media: z.union([z.object({ payload: z.base64() }), KeptLength]) }),
  z.object({ event: z.literal('mark'), mark: z.object({ name: z.string() }) }),
  z.object({ event: z.literal('clear') }),
]);

/** The events of a recording, in its order; `connected`, a key that came again and what is not the caller's are none. */
export function eventsOf(lines: readonly RecordedLine[]): StreamEvent[] {
  const repeatedKeys = new RepeatedKeys();
  return lines.flatMap((line) => eventOf(line, repeatedKeys) ?? []);
}

function eventOf(line: RecordedLine, repeatedKeys: RepeatedKeys): StreamEvent | null {
  const atMs = line.t;
  if ('in' in line) return inbound(line.in, atMs, repeatedKeys);
  if ('out' in line) return outbound(line.out, atMs);
  if ('end' in line) return { atMs, kind: 'end', how: line.end };
  if ('truncated' in line) return { atMs, kind: 'truncated' };
  if ('row' in line) return null;
  if (!('note' in line)) return { atMs, kind: 'odd' };
  return { atMs, kind: 'note', note: line };
}

function inbound(message: object, atMs: number, repeatedKeys: RepeatedKeys): StreamEvent | null {
  const parsed = parsedOrNull(message);
  switch (parsed?.event) {
    case 'connected':
    case 'outbound':
      return null;
    case 'start':
      return { atMs, kind: 'start', callSid: parsed.callSid, streamSid: parsed.streamSid };
    case 'media':
      return { atMs, kind: 'frame', timestampMs: parsed.timestampMs, audio: parsed.audio };
    case 'dtmf':
      return repeatedKeys.has(parsed) ? null : { atMs, kind: 'key', digit: parsed.digit };
    case 'mark':
      return { atMs, kind: 'mark-back', name: parsed.name };
    case 'stop':
      return { atMs, kind: 'stop' };
    default:
      return { atMs, kind: 'odd' };
  }
}

function parsedOrNull(message: object) {
  try {
    return parseMessage(JSON.stringify(message));
  } catch {
    return null;
  }
}

function outbound(message: object, atMs: number): StreamEvent {
  const parsed = Outbound.safeParse(message);
  if (!parsed.success) return { atMs, kind: 'odd' };
  switch (parsed.data.event) {
    case 'media':
      return { atMs, kind: 'said', audio: saidAudio(parsed.data.media) };
    case 'mark':
      return { atMs, kind: 'mark', name: parsed.data.mark.name };
    case 'clear':
      return { atMs, kind: 'clear' };
  }
}

function saidAudio(media: { readonly payload: string } | z.infer<typeof KeptLength>): Buffer {
  return 'payload' in media ? Buffer.from(media.payload, 'base64') : Buffer.alloc(media.bytes, SILENCE);
}
