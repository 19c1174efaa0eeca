import { WebSocket } from 'ws';
import { type CallIdentity, callForm, newSid } from '../src/simulator/call-form.js';
import { GatewayAddress } from '../src/simulator/gateway-address.js';
import { CONNECTED, StreamMessages } from '../src/simulator/stream-message.js';
import { WebhookClient } from '../src/simulator/webhook-client.js';

const SILENCE = Buffer.alloc(160, 0xff).toString('base64');
const FRAME_MS = 20;
const FIRST_TIMESTAMP_MS = 60;

/** One stream by hand: frames of silence every 20 ms, and whatever text is to be sent; marks are not answered. */
export class RawStream {
  readonly messages: StreamMessages;
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  #timer: NodeJS.Timeout | undefined;
  #frames = 0;

  private constructor(socket: WebSocket, messages: StreamMessages) {
    this.#socket = socket;
    this.messages = messages;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(this.#timer);
        resolve();
      });
    });
  }

  static async open(url: string, identity: CallIdentity): Promise<RawStream> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const stream = new RawStream(socket, new StreamMessages({ ...identity, streamSid: newSid('MZ') }));
    stream.send(CONNECTED);
    stream.send(stream.messages.start({}));
    const began = performance.now();
    stream.#timer = setInterval(() => {
      while (stream.#frames < (performance.now() - began) / FRAME_MS - 1) stream.#sendFrame();
    }, FRAME_MS);
    return stream;
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** The caller hangs up. */
  async stop(): Promise<void> {
    this.send(this.messages.stop());
    await this.closed;
  }

  #sendFrame(): void {
    this.send(this.messages.media(FIRST_TIMESTAMP_MS + this.#frames * FRAME_MS, SILENCE));
    this.#frames += 1;
  }
}

/** One call whose webhooks and streams are made one by one. */
export class RawCall {
  readonly identity: CallIdentity;
  readonly #client: WebhookClient;
  readonly #address: GatewayAddress;

  constructor(gatewayUrl: string, publicUrl: string, from: string) {
    this.#address = new GatewayAddress(gatewayUrl, publicUrl);
    this.#client = new WebhookClient(this.#address, null);
    this.identity = { accountSid: newSid('AC'), callSid: newSid('CA'), from, to: '+15125550190', stir: 'A' };
  }

  /** Asks the gateway and opens the stream that it offers. */
  async stream(path: '/twilio/voice' | '/twilio/voice/next'): Promise<RawStream> {
    const status = path === '/twilio/voice' ? 'ringing' : 'in-progress';
    const params = { ...callForm(this.identity), CallStatus: status };
    const answer = await this.#client.send({ url: this.#address.publicUrl(path), method: 'POST', params });
    const url = answer.status === 200 ? /<Stream url="([^"]+)"/.exec(answer.body)?.[1] : undefined;
    if (url === undefined) throw new Error(`${path} offers no stream`);
    return RawStream.open(this.#address.connectUrl(url).href, this.identity);
  }
}
