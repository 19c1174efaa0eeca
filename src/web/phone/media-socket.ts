import type { FromSpeaker, ToSpeaker } from './phone-audio.js';
import { CallerMessages, CONNECTED, readAgentMessage, type StreamIdentity } from './wire.js';
import type { Way } from './wire-log.js';

export interface MediaSocketOptions extends StreamIdentity {
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What happens on the stream. */
interface MediaSocketListener {
  /** `start` has gone out. */
  onOpened(): void;
  /** What is to sound, in order. */
  onSpeaker(item: ToSpeaker): void;
  onAudio(way: Way, bytes: number): void;
  onMessage(way: Way, what: string): void;
  /** Called once, last. `opened`: the gateway had accepted the stream. */
  onClosed(end: StreamClosed): void;
}

export interface StreamClosed {
  readonly opened: boolean;
  readonly code: number;
  readonly reason: string;
  /** The caller hung up. */
  readonly byCaller: boolean;
}

/** So much may wait for the network; what the caller says beyond it is lost, as on Twilio's side. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** Twilio's end of one media stream. */
export class MediaSocket {
  readonly #options: MediaSocketOptions;
  readonly #listener: MediaSocketListener;
  readonly #messages: CallerMessages;
  readonly #socket: WebSocket;
  #started = false;
  #byCaller = false;
  #isCongested = false;

  constructor(options: MediaSocketOptions, listener: MediaSocketListener) {
    this.#options = options;
    this.#listener = listener;
    this.#messages = new CallerMessages(options);
    this.#socket = new WebSocket(options.url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#received(data);
    this.#socket.onclose = ({ code, reason }) =>
      listener.onClosed({ opened: this.#started, code, reason, byCaller: this.#byCaller });
  }

  /** A frame, or a mark that is back; nothing goes out before `start` and after the end. */
  fromSpeaker(item: FromSpeaker): void {
    if (!this.#isOpen) return;
    if (!(item instanceof Uint8Array)) {
      this.#send(this.#messages.mark(item.mark), `mark ${item.mark}`);
    } else if (this.#socket.bufferedAmount <= MAX_UNSENT_BYTES) {
      this.#socket.send(this.#messages.media(item));
      this.#listener.onAudio('out', item.length);
    } else if (!this.#isCongested) {
      this.#isCongested = true;
      this.#listener.onMessage('out', 'audio is lost: the network does not take it');
    }
  }

  press(digit: string): void {
    if (this.#isOpen) this.#send(this.#messages.dtmf(digit), `dtmf ${digit}`);
  }

  /** `stop`, then the close handshake. */
  hangUp(): void {
    this.#byCaller = true;
    if (this.#isOpen) this.#send(this.#messages.stop(), 'stop');
    this.#socket.close(1000);
  }

  get #isOpen(): boolean {
    return this.#started && this.#socket.readyState === WebSocket.OPEN;
  }

  #opened(): void {
    this.#started = true;
    this.#listener.onSpeaker('new-stream');
    this.#send(CONNECTED, 'connected');
    this.#send(this.#messages.start(this.#options.parameters), 'start');
    this.#listener.onOpened();
  }

  #received(data: unknown): void {
    const { streamSid } = this.#options;
    const message = readAgentMessage(typeof data === 'string' ? data : '', streamSid);
    if (message.event === 'media') {
      this.#listener.onAudio('in', message.audio.length);
      this.#listener.onSpeaker(message.audio);
      return;
    }
    if (message.event === 'odd') return this.#listener.onMessage('in', `ignored: ${message.why}`);
    this.#listener.onMessage('in', message.event === 'mark' ? `mark ${message.name}` : 'clear');
    this.#listener.onSpeaker(message.event === 'mark' ? { mark: message.name } : 'clear');
  }

  #send(text: string, what: string): void {
    this.#socket.send(text);
    this.#listener.onMessage('out', what);
  }
}
