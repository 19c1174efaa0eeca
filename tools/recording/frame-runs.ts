import { isDeepStrictEqual } from 'node:util';
import { FRAME_BYTES } from '../../src/audio/mulaw.js';
import { isJsonObject } from '../../src/core/json.js';
import { wholeNumber } from '../../src/twilio/messages.js';

type Message = Readonly<Record<string, unknown>>;

/** A frame of the caller as it came; `t`: milliseconds since the stream was accepted. */
export interface ReceivedFrame {
  readonly t: number;
  readonly in: Message;
}

const FRAME_MS = FRAME_BYTES / 8;
/** No frame comes so much later or earlier than the fastest ones: a timestamp that says so is wrong. */
const WRONG_MS = 5000;

/** Frames that are alike, one every 20 ms. */
export interface FrameRun extends ReceivedFrame {
  readonly times: number;
}

/** Frames that follow each other and differ by their numbers only, as runs: most of a call is silence. In the order of the first of each. */
export function foldedFrames(frames: readonly ReceivedFrame[]): (ReceivedFrame | FrameRun)[] {
  const runs: { first: ReceivedFrame; times: number }[] = [];
  for (const frame of frames) {
    const run = runs.at(-1);
    if (run && continues(run.first, run.times, frame)) run.times += 1;
    else runs.push({ first: frame, times: 1 });
  }
  return runs.map(({ first, times }) => (times === 1 ? first : { ...first, times }));
}

/** The same frames, each at its own time on the stream instead of when it came, but none before `startMs`. */
export function atMediaTime(frames: readonly ReceivedFrame[], startMs: number): ReceivedFrame[] {
  const ways = frames
    .map(({ t, in: message }) => t - timestampOf(message))
    .filter((way) => !Number.isNaN(way));
  ways.sort((a, b) => a - b);
  const way = Math.round(ways[Math.floor(ways.length / 50)] ?? 0);
  return frames
    .map((frame) => {
      const t = Math.max(timestampOf(frame.in) + way, startMs);
      return !(t >= 0) || Math.abs(frame.t - t) > WRONG_MS ? frame : { ...frame, t };
    })
    .sort((a, b) => a.t - b.t);
}

function timestampOf({ media }: Message): number {
  return (isJsonObject(media) ? wholeNumber(media.timestamp) : null) ?? Number.NaN;
}

export function unfoldedFrames(first: ReceivedFrame, times: number): ReceivedFrame[] {
  return Array.from({ length: times }, (_, n) => ({ t: first.t + n * FRAME_MS, in: countedOn(first.in, n) }));
}

function continues(first: ReceivedFrame, times: number, { t, in: message }: ReceivedFrame): boolean {
  if (Math.abs(t - first.t - times * FRAME_MS) > 0.01) return false;
  if (!isJsonObject(first.in.media) || !isJsonObject(message.media)) return false;
  // Most of a call is the same silence: only frames that sound alike and count on are looked at closely.
  if (first.in.media.payload !== message.media.payload) return false;
  if (message.sequenceNumber !== more(first.in.sequenceNumber, times)) return false;
  return isDeepStrictEqual(countedOn(first.in, times), message);
}

function countedOn(message: Message, by: number): Message {
  const { sequenceNumber, media } = message;
  if (!isJsonObject(media)) return message;
  const { chunk, timestamp } = media;
  return {
    ...message,
    ...(sequenceNumber === undefined ? {} : { sequenceNumber: more(sequenceNumber, by) }),
    media: {
      ...media,
      ...(chunk === undefined ? {} : { chunk: more(chunk, by) }),
      timestamp: more(timestamp, by * FRAME_MS),
    },
  };
}

function more(number: unknown, by: number): unknown {
  const value = wholeNumber(number);
  if (value === null) return number;
  return typeof number === 'string' ? String(value + by) : value + by;
}
