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
export interface WireNews {
  readonly lines: readonly WireLine[];
  /** From the last key to the first sound that came after it, in ms; null: none has come. */
  readonly answerMs: number | null;
}

export type FromWire =
  | { readonly told: 'opened' }
  | { readonly told: 'news'; readonly news: WireNews }
  | { readonly told: 'closed'; readonly end: StreamClosed };

const NEWS_MS = 250;

/** The thread that owns the socket: a page that is busy keeps neither a frame nor a mark waiting. */
class WireThread {
  readonly #log = new WireLog();
  readonly #openedAt = performance.now();
  #sound: MessagePort | null = null;
  #socket: MediaSocket | null = null;
  #newsTimer: ReturnType<typeof setTimeout> | undefined;
  #pressedAt: number | null = null;
  #answerMs: number | null = null;

  asked(message: ToWire): void {
    if (message.ask === 'open') this.#open(message.stream);
    else if (message.ask === 'press') this.#press(message.digit);
    else if (message.ask === 'hang-up') this.#socket?.hangUp();
    else {
      this.#sound = message.port;
      this.#sound.onmessage = ({ data }: MessageEvent<FromSpeaker>) => this.#socket?.fromSpeaker(data);
    }
  }

  #open(stream: MediaSocketOptions): void {
    const socket = new MediaSocket(stream, {
      onOpened: () => tellPage({ told: 'opened' }),
      onSpeaker: (item) => this.#toSpeaker(item),
      onAudio: (way, bytes) => {
        if (way === 'in') this.#answered();
        this.#log.audio(this.#now, way, bytes);
        this.#tellSoon();
      },
      onMessage: (way, what) => {
        this.#log.message(this.#now, way, what);
        this.#tellSoon();
      },
      onClosed: (end) => {
        if (this.#socket === socket) this.#socket = null;
        this.#log.message(this.#now, 'in', `closed ${end.code} ${end.reason}`.trimEnd());
        this.#tell();
        tellPage({ told: 'closed', end });
      },
    });
    this.#socket = socket;
  }

  #toSpeaker(item: ToSpeaker): void {
    if (item instanceof Uint8Array) this.#sound?.postMessage(item, [item.buffer]);
    else this.#sound?.postMessage(item);
  }

  #press(digit: string): void {
    this.#pressedAt = this.#now;
    this.#socket?.press(digit);
  }

  #answered(): void {
    if (this.#pressedAt === null) return;
    this.#answerMs = Math.round(this.#now - this.#pressedAt);
    this.#pressedAt = null;
  }

  #tellSoon(): void {
    this.#newsTimer ??= setTimeout(() => this.#tell(), NEWS_MS);
  }

  #tell(): void {
    clearTimeout(this.#newsTimer);
    this.#newsTimer = undefined;
    tellPage({ told: 'news', news: { lines: this.#log.takeChanges(), answerMs: this.#answerMs } });
  }

  get #now(): number {
    return performance.now() - this.#openedAt;
  }
}

function tellPage(message: FromWire): void {
  self.postMessage(message);
}

const wire = new WireThread();
self.onmessage = ({ data }: MessageEvent<ToWire>) => wire.asked(data);
