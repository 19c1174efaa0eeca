import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { callForm, newSid } from '../../packages/twilio-simulator/src/call-form.js';
import { GatewayAddress } from '../../packages/twilio-simulator/src/gateway-address.js';
import { CONNECTED, StreamMessages } from '../../packages/twilio-simulator/src/stream-message.js';
import { readTwiml, type StreamNoun } from '../../packages/twilio-simulator/src/twiml-reader.js';
import { type WebhookAnswer, WebhookClient } from '../../packages/twilio-simulator/src/webhook-client.js';

const FRAME = Buffer.alloc(160, 0xff).toString('base64');
const FRAME_MS = 20;
/** Who answers pings and says nothing more is given up only when the greeting is over and the idle time after it. */
const PATIENCE_MS = 30_000;

/** Where the gateway is, and how its webhooks are signed. */
export interface RawLine {
  readonly gatewayUrl: string;
  readonly publicUrl: string;
  readonly authToken: string;
}

/** A call played by hand: it does what Twilio would never do, and sends what Twilio would never send. */
export class RawCaller {
  readonly callSid = newSid('CA');
  readonly #address: GatewayAddress;
  readonly #client: WebhookClient;
  readonly #form: Record<string, string>;

  constructor({ gatewayUrl, publicUrl, authToken }: RawLine, from: string) {
    this.#address = new GatewayAddress(gatewayUrl, publicUrl);
    this.#client = new WebhookClient(this.#address, authToken);
    const identity = {
      callSid: this.callSid,
      accountSid: newSid('AC'),
      from,
      to: '+15555550100',
      stir: null,
    };
    this.#form = callForm(identity);
  }

  /** A webhook as Twilio sends it for this call, with further parameters. */
  ask(path: string, params: Readonly<Record<string, string>>): Promise<WebhookAnswer> {
    const url = this.#address.publicUrl(path);
    return this.#client.send({ url, method: 'POST', params: { ...this.#form, ...params } });
  }

  /** Rings and opens the stream that the TwiML names; for a call with a stream: asks what comes next and opens that. */
  async open(path = '/twilio/voice'): Promise<RawStream> {
    const status = path === '/twilio/voice' ? 'ringing' : 'in-progress';
    const answer = await this.ask(path, { CallStatus: status });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}.`);
    const [first] = readTwiml(answer.body);
    if (first?.verb !== 'connect') throw new Error(`${path} answered <${first?.verb}>, not a stream.`);
    return this.#connect(first.stream);
  }

  /** The call's last callback. */
  async isOver(status = 'completed'): Promise<void> {
    await this.ask('/twilio/call-status', { CallStatus: status });
  }

  async #connect(noun: StreamNoun): Promise<RawStream> {
    const signature = this.#client.signUpgrade(noun.url) ?? '';
    const socket = new WebSocket(this.#address.connectUrl(noun.url), {
      perMessageDeflate: false,
      headers: { 'X-Twilio-Signature': signature },
    });
    const stream = new RawStream(socket, this.callSid);
    await once(socket, 'open', { signal: AbortSignal.timeout(PATIENCE_MS) });
    stream.begin(noun.parameters);
    return stream;
  }
}

/** One stream of such a call: sends silence as soon as it has begun. */
export class RawStream {
  readonly messages: StreamMessages;
  readonly #socket: WebSocket;
  readonly #closed: Promise<number>;
  #reset: () => void = () => undefined;
  #frames: NodeJS.Timeout | undefined;
  #heard = false;

  constructor(socket: WebSocket, callSid: string) {
    this.#socket = socket;
    this.messages = new StreamMessages({ accountSid: newSid('AC'), callSid, streamSid: newSid('MZ') });
    socket.on('upgrade', (response) => {
      this.#reset = () => response.socket.resetAndDestroy();
    });
    socket.on('message', (data) => this.#received(String(data)));
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        this.fallSilent();
        resolve(code);
      });
    });
  }

  begin(parameters: Readonly<Record<string, string>>): void {
    this.send(CONNECTED);
    this.send(this.messages.start(parameters));
    let timestamp = 0;
    this.#frames = setInterval(() => {
      timestamp += FRAME_MS;
      this.send(this.messages.media(timestamp, FRAME));
    }, FRAME_MS);
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Nothing is sent any more, and the connection stays. */
  fallSilent(): void {
    clearInterval(this.#frames);
  }

  /** The connection ends with a TCP reset. */
  reset(): void {
    this.#reset();
  }

  /** The agent has begun to speak. */
  async untilHeard(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!this.#heard && performance.now() < deadline) await pause(FRAME_MS);
    if (!this.#heard) throw new Error('The agent said nothing.');
  }

  /** The close code: 1006 without one. */
  async untilClosed(): Promise<number> {
    const late = pause(PATIENCE_MS, null, { ref: false });
    const code = await Promise.race([this.#closed, late]);
    if (code === null) throw new Error('The stream was not closed.');
    return code;
  }

  #received(text: string): void {
    if (text.startsWith('{"event":"media"')) this.#heard = true;
  }
}
