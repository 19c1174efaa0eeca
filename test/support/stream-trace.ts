import type {
  Act,
  CallName,
  Observation,
  StreamTrace,
} from '../../packages/twilio-simulator/src/conformance/observation.js';
import { readServerMessage } from '../../packages/twilio-simulator/src/server-message.js';
import type { StreamEnd } from '../../packages/twilio-simulator/src/stream-end.js';

export const SID = `MZ${'a'.repeat(32)}`;
const CLEAN: StreamEnd = {
  how: 'closed',
  error: null,
  detail: 'the server closed the stream with code 1000',
};

/** What was seen on a stream that was opened after 5 ms and started after 100, and then this. */
export function traceOf(call: CallName, ...seen: readonly Observation[]): StreamTrace {
  return { call, seen: [did(0, 'connect'), { kind: 'opened', atMs: 5 }, did(100, 'start'), ...seen] };
}

export const did = (atMs: number, act: Act): Observation => ({ kind: 'did', act, atMs });

export const inVain = (atMs: number, act: Act): Observation => ({
  kind: 'in-vain',
  act,
  waitedMs: 5000,
  atMs,
});

/** A text message of the server's, as it came. */
export const text = (atMs: number, message: string): Observation => ({
  kind: 'message',
  read: readServerMessage(message, SID),
  atMs,
});

const json = (atMs: number, message: object) => text(atMs, JSON.stringify({ streamSid: SID, ...message }));

/** `audio`: mu-law, or how many milliseconds of one soft value. */
export const media = (atMs: number, audio: Buffer | number): Observation => {
  const bytes = typeof audio === 'number' ? Buffer.alloc(audio * 8, 0x6a) : audio;
  return json(atMs, { event: 'media', media: { payload: bytes.toString('base64') } });
};

export const mark = (atMs: number, name: string): Observation =>
  json(atMs, { event: 'mark', mark: { name } });

export const clear = (atMs: number): Observation => json(atMs, { event: 'clear' });

interface EndOptions {
  readonly byServer?: boolean;
  readonly unheardMs?: number;
  readonly pendingMarks?: number;
}

/** By default the server closed with 1000 and everything had been heard. */
export const ended = (atMs: number, end: Partial<StreamEnd> = {}, options: EndOptions = {}): Observation => ({
  kind: 'ended',
  end: { ...CLEAN, ...end },
  byServer: true,
  unheardMs: 0,
  pendingMarks: 0,
  ...options,
  atMs,
});

export const idsOf = (breaches: readonly { readonly rule: { readonly id: string } }[]): string[] =>
  breaches.map(({ rule }) => rule.id);
