import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { isJsonObject } from '../../packages/realtime-simulator/src/json.js';
import {
  RealtimeSimulator,
  type RealtimeSimulatorOptions,
} from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { arrived } from './simulated-call.js';

type Event = Record<string, unknown>;

/** A client of the Realtime protocol that does what it is told, and keeps what it gets. */
export class RealtimeClient {
  readonly events: Event[] = [];
  readonly texts: string[] = [];
  closedWith: number | null = null;
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string> = { Authorization: 'Bearer a-key' }) {
    this.#socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.#socket.on('message', (data) => {
      this.texts.push(String(data));
      const event = parse(String(data));
      if (event) this.events.push(event);
    });
    this.#socket.on('close', (code) => {
      this.closedWith = code;
    });
    this.#socket.on('error', () => undefined);
    onTestFinished(() => this.#socket.terminate());
  }

  get types(): string[] {
    return this.events.map(({ type }) => String(type));
  }

  of(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  send(...events: Event[]): void {
    for (const event of events) this.#socket.send(JSON.stringify(event));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** The event of this type that comes `count`th. */
  async until(type: string, count = 1): Promise<Event> {
    let found: Event | undefined;
    await arrived(() => {
      found = this.of(type)[count - 1];
      if (!found) throw new Error(`no ${count}. ${type} among ${this.types.join(' ')}`);
    });
    return found ?? {};
  }

  /** The functions that the first response calls, once it is done. */
  async callIds(): Promise<string[]> {
    await this.until('response.done');
    return this.of('response.function_call_arguments.done').map(({ call_id }) => String(call_id));
  }

  /** What the model has said aloud, item by item. */
  said(): string[] {
    return this.of('response.output_audio_transcript.done').map(({ transcript }) => String(transcript));
  }

  async untilClosed(): Promise<number> {
    await arrived(() => {
      if (this.closedWith === null) throw new Error('still open');
    });
    return this.closedWith ?? 0;
  }

  /** Sets the session up, and waits until it is. */
  async ready(session: Event = {}): Promise<void> {
    await this.until('session.created');
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } });
    await this.until('session.updated');
  }

  append(audio: Uint8Array): void {
    this.send({ type: 'input_audio_buffer.append', audio: Buffer.from(audio).toString('base64') });
  }
}

export const PCMU = {
  audio: { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcmu' } } },
};

/** A scripted model and a client that is connected to it, both gone when the test is over. */
export async function setUpModel(options: RealtimeSimulatorOptions = {}) {
  const model = new RealtimeSimulator(options);
  onTestFinished(() => model.close());
  const url = await model.listen();
  return { model, url, client: new RealtimeClient(url) };
}

function parse(text: string): Event | null {
  try {
    const event: unknown = JSON.parse(text);
    return isJsonObject(event) ? event : null;
  } catch {
    return null;
  }
}
