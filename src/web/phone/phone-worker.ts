import { MediaSocket, type MediaSocketOptions, type StreamClosed } from './media-socket.js';
import type { FromSpeaker, ToSpeaker } from './phone-audio.js';
import { type WireLine, WireLog } from './wire-log.js';

/** What the page asks of the wire's thread. */
export type ToWire =
  | { readonly ask: 'sound'; readonly port: MessagePort }
  | { readonly ask: 'open'; readonly stream: MediaSocketOptions }
  | { readonly ask: 'press'; readonly digit: string }
  | { readonly ask: 'hang-up' };

/** What the page is told, four times a second while there is something to tell. */
interface WireNews {
  readonly lines: readonly WireLine[];
  /** From the last key to the first sound that came after it, in ms; null: none has come. */
  readonly answerMs: number | null;
}

export type FromWire =
  | { readonly told: 'opened' }
  | { readonly told: 'news'; readonly news: WireNews }
  | { readonly told: 'closed'; readonly end: StreamClosed };

const NEWS_MS = 250;

// This thread owns the socket: a page that is busy keeps neither a frame nor a mark waiting.

const log = new WireLog();
const beganAt = performance.now();
let sound: MessagePort | null = null;
let socket: MediaSocket | null = null;
let newsTimer: ReturnType<typeof setTimeout> | undefined;
let pressedAt: number | null = null;
let answerMs: number | null = null;

self.onmessage = ({ data }: MessageEvent<ToWire>) => {
  if (data.ask === 'open') openStream(data.stream);
  else if (data.ask === 'hang-up') socket?.hangUp();
  else if (data.ask === 'press') {
    pressedAt = now();
    socket?.press(data.digit);
  } else {
    sound = data.port;
    sound.onmessage = ({ data: item }: MessageEvent<FromSpeaker>) => socket?.fromSpeaker(item);
  }
};

function openStream(stream: MediaSocketOptions): void {
  const opened = new MediaSocket(stream, {
    onOpened: () => tellPage({ told: 'opened' }),
    onSpeaker: toSpeaker,
    onAudio: (way, bytes) => {
      if (way === 'in') answered();
      log.audio(now(), way, bytes);
      tellSoon();
    },
    onMessage: (way, what) => {
      log.message(now(), way, what);
      tellSoon();
    },
    onClosed: (end) => {
      if (socket === opened) socket = null;
      log.message(now(), 'in', `closed ${end.code} ${end.reason}`.trimEnd());
      tellNews();
      tellPage({ told: 'closed', end });
    },
  });
  socket = opened;
}

function toSpeaker(item: ToSpeaker): void {
  if (item instanceof Uint8Array) sound?.postMessage(item, [item.buffer]);
  else sound?.postMessage(item);
}

function answered(): void {
  if (pressedAt === null) return;
  answerMs = Math.round(now() - pressedAt);
  pressedAt = null;
}

function tellSoon(): void {
  newsTimer ??= setTimeout(tellNews, NEWS_MS);
}

function tellNews(): void {
  clearTimeout(newsTimer);
  newsTimer = undefined;
  tellPage({ told: 'news', news: { lines: log.takeChanges(), answerMs } });
}

function tellPage(message: FromWire): void {
  self.postMessage(message);
}

function now(): number {
  return performance.now() - beganAt;
}
