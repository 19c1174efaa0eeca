import { once } from 'node:events';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { BenchResponses } from './bench-responses.js';
import { clockUs, readStamp } from './stamps.js';

export interface BenchModelOptions {
  /** Speaks without end from soon after it first hears the caller, reply after reply, at the pace at which it is heard; each piece carries the time at which it is sent. */
  readonly speaks: boolean;
  /** Told of how old each frame of callers that stamp their audio is when it comes (µs), and of its place: in its message the first, or the last (or both). */
  readonly onFrame?: (ageUs: number, place: { readonly isFirst: boolean; readonly isLast: boolean }) => void;
}

interface ClientEvent {
  readonly type: string;
  readonly event_id?: string;
  readonly session?: object;
  readonly item?: { readonly content?: readonly { readonly text?: string }[] };
}

const FRAME_BYTES = 160;
const TICK_MS = 10;
const APPEND = Buffer.from('input_audio_buffer.append');
const AUDIO = Buffer.from('"audio":"');
/** What tells the type of an event stands before this. */
const HEAD_BYTES = 200;

/** The same end for everybody: a realtime model that costs as little as can be, so that it is not what limits who talks to it. */
export class BenchModel {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #options: BenchModelOptions;
  readonly #sessions = new Map<WebSocket, BenchResponses>();
  readonly #timer: NodeJS.Timeout;

  private constructor(server: WebSocketServer, url: string, options: BenchModelOptions) {
    this.#server = server;
    this.#options = options;
    this.url = url;
    server.on('connection', (socket) => this.#open(socket));
    this.#timer = setInterval(() => this.#speak(), TICK_MS);
  }

  static async listen(options: BenchModelOptions): Promise<BenchModel> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'string' || address === null) throw new Error('The model does not listen.');
    return new BenchModel(server, `ws://127.0.0.1:${address.port}/v1/realtime?model=bench`, options);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #open(socket: WebSocket): void {
    const responses = new BenchResponses((event) => socket.send(JSON.stringify(event)));
    this.#sessions.set(socket, responses);
    socket.on('message', (data) => this.#receive(socket, responses, data));
    socket.on('close', () => this.#sessions.delete(socket));
    socket.on('error', () => undefined);
    socket.send(
      JSON.stringify({ type: 'session.created', event_id: 'event_0', session: { type: 'realtime' } }),
    );
  }

  #speak(): void {
    const now = performance.now();
    for (const responses of this.#sessions.values()) responses.advance(now);
  }

  #receive(socket: WebSocket, responses: BenchResponses, data: RawData): void {
    if (!Buffer.isBuffer(data)) return;
    if (data.subarray(0, HEAD_BYTES).includes(APPEND)) {
      if (this.#options.speaks) responses.talk();
      return this.#hear(data);
    }
    const event: ClientEvent = JSON.parse(String(data));
    if (event.type === 'session.update')
      socket.send(JSON.stringify({ type: 'session.updated', event_id: 'event_1', session: event.session }));
    if (event.type === 'conversation.item.create') responses.read(event.item?.content?.[0]?.text);
    if (event.type === 'response.create') responses.create(event.event_id);
    if (event.type === 'response.cancel') responses.cancel();
  }

  #hear(data: Buffer): void {
    const { onFrame } = this.#options;
    if (!onFrame) return;
    const from = data.indexOf(AUDIO) + AUDIO.length;
    const audio = Buffer.from(data.toString('latin1', from, data.indexOf('"', from)), 'base64');
    const now = clockUs();
    const frames = Math.floor(audio.length / FRAME_BYTES);
    for (let n = 0; n < frames; n++)
      onFrame(now - readStamp(audio, n * FRAME_BYTES), { isFirst: n === 0, isLast: n === frames - 1 });
  }
}
