import { setTimeout as wait } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { RealtimeSimulatorError } from '../error.js';
import { isJsonObject } from '../json.js';
import type { Ids } from '../protocol/ids.js';
import type { Outgoing } from '../protocol/wire.js';
import type { Breach, ErrorDetails, SessionEvent } from './session-record.js';

/** So much may wait in the socket before audio waits for the network. */
const SENT_AHEAD_BYTES = 256 * 1024;
/** How often a network that is behind is looked at. */
const NETWORK_LOOK_MS = 5;
const KEPT_EVENTS = 20_000;

/** The socket of one session: events out, and a record of both directions. */
export class SessionLink {
  readonly events: SessionEvent[] = [];
  readonly breaches: Breach[] = [];
  readonly #socket: WebSocket;
  readonly #ids: Ids;
  readonly #observe: (event: SessionEvent | Breach) => void;
  readonly #beganAt = performance.now();
  readonly #changed = new Set<() => void>();
  #muted = false;

  constructor(socket: WebSocket, ids: Ids, observe: (event: SessionEvent | Breach) => void) {
    this.#socket = socket;
    this.#ids = ids;
    this.#observe = observe;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get nowMs(): number {
    return Math.round(performance.now() - this.#beganAt);
  }

  send(event: Outgoing): void {
    this.sendAny({ ...event, event_id: this.#ids.next('event') });
  }

  /** An event that the protocol may not know. */
  sendAny(event: Readonly<Record<string, unknown>>): void {
    if (this.#muted || !this.isOpen) return;
    this.note('to client', event);
    this.#socket.send(JSON.stringify(event));
  }

  sendText(text: string): void {
    if (!this.#muted) this.#socket.send(text);
  }

  /** `cause`: the client's event, whose id the error names. */
  error(
    { code, message, param = null, type = 'invalid_request_error' }: ErrorDetails,
    cause: unknown = null,
  ): void {
    const id = isJsonObject(cause) ? cause.event_id : null;
    const event_id = typeof id === 'string' ? id : null;
    this.send({ type: 'error', error: { type, code, message, param, event_id } });
  }

  breach(code: string, message: string, cause: unknown = null): void {
    const { type, event_id: id } = isJsonObject(cause) ? cause : {};
    const event = typeof type === 'string' ? type : null;
    const breach = { code, message, event, eventId: typeof id === 'string' ? id : null, atMs: this.nowMs };
    this.breaches.push(breach);
    this.#observe(breach);
  }

  note(direction: SessionEvent['direction'], event: Readonly<Record<string, unknown>>): void {
    const type = typeof event.type === 'string' ? event.type : '';
    const noted = { atMs: this.nowMs, direction, type, event: withoutAudio(type, event) };
    if (this.events.length < KEPT_EVENTS) this.events.push(noted);
    this.#observe(noted);
    for (const changed of this.#changed) changed();
  }

  /** Settles with the event of this type that comes `count`th, past ones counted. Rejects with `DEADLINE`. */
  until(type: string, count: number, withinMs: number): Promise<SessionEvent> {
    const probe = () => this.events.filter((event) => event.type === type)[count - 1];
    return new Promise((resolve, reject) => {
      const look = () => {
        const event = probe();
        if (!event) return;
        clearTimeout(timer);
        this.#changed.delete(look);
        resolve(event);
      };
      const timer = setTimeout(() => {
        this.#changed.delete(look);
        reject(new RealtimeSimulatorError('DEADLINE', `No ${count}. ${type} within ${withinMs} ms`));
      }, withinMs);
      this.#changed.add(look);
      look();
    });
  }

  /** Settles when the network has taken most of what was sent. */
  async flushed(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.isOpen && this.#socket.bufferedAmount > SENT_AHEAD_BYTES) await wait(NETWORK_LOOK_MS);
  }

  /** The client is told nothing any more. */
  get isMuted(): boolean {
    return this.#muted;
  }

  mute(): void {
    this.#muted = true;
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  drop(): void {
    this.#socket.terminate();
  }
}

function withoutAudio(
  type: string,
  event: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const field =
    type === 'input_audio_buffer.append' ? 'audio' : type === 'response.output_audio.delta' ? 'delta' : null;
  const audio = field === null ? undefined : event[field];
  return field === null || typeof audio !== 'string' ? event : { ...event, [field]: audio.length };
}
