import { Waits } from '../../packages/twilio-simulator/src/waits.js';
import { GatewayError, summarize } from '../../src/core/errors.js';
import { EventStreamReader, type ServerSentEvent } from './event-stream.js';
import { type LiveSessionView, readCallSid, readLiveSession } from './live-session-view.js';

export interface LiveFeedOptions {
  /** The gateway's address, e.g. `http://127.0.0.1:3000`. */
  readonly gatewayUrl: string;
  readonly adminToken?: string;
  readonly patienceMs?: number;
}

export interface LiveFeedListener {
  onSession(session: LiveSessionView): void;
  onEnded(callSid: string): void;
}

/** The gateway's live sessions, watched from outside through `/api/live`. */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #abort = new AbortController();
  readonly #sessions = new Map<string, LiveSessionView>();
  readonly #statesSeen = new Map<string, Set<string>>();
  readonly #listeners = new Set<LiveFeedListener>();
  readonly #waits = new Waits();
  #reading: Promise<void> = Promise.resolve();

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  /** Settles when the gateway has accepted the watcher; rejects with `UNAVAILABLE` when it does not. */
  async open(): Promise<void> {
    const { gatewayUrl, adminToken } = this.#options;
    const headers = {
      Accept: 'text/event-stream',
      ...(adminToken === undefined ? {} : { Authorization: `Bearer ${adminToken}` }),
    };
    const url = new URL('/api/live', gatewayUrl);
    const response = await fetch(url, { headers, signal: this.#abort.signal }).catch((error: unknown) => {
      throw new GatewayError('UNAVAILABLE', '/api/live gave no answer', { cause: error });
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new GatewayError('UNAVAILABLE', `/api/live answered HTTP ${response.status}`);
    }
    this.#reading = this.#read(response.body);
  }

  watch(listener: LiveFeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The session as last seen; `undefined` before the first sight and after the call has ended. */
  session(callSid: string): LiveSessionView | undefined {
    return this.#sessions.get(callSid);
  }

  /** The first session of this call, the one of now included, that fits. */
  async until(
    callSid: string,
    what: string,
    fits: (session: LiveSessionView) => boolean,
  ): Promise<LiveSessionView> {
    const probe = () => {
      const session = this.#sessions.get(callSid);
      return session && fits(session) ? session : undefined;
    };
    return await this.#waits.until(what, probe, this.#options.patienceMs ?? 15_000);
  }

  /** The call is in this state (`booking`, …) now or comes to it. */
  async untilState(callSid: string, state: string): Promise<LiveSessionView> {
    return await this.until(callSid, `the session is ${state}`, (session) => session.state === state);
  }

  /** States of a call in the order in which they were first seen; kept after its end. */
  statesOf(callSid: string): string[] {
    return [...(this.#statesSeen.get(callSid) ?? [])];
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = new EventStreamReader();
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        for (const event of reader.read(decoder.decode(bytes, { stream: true }))) this.#take(event);
      }
      this.#waits.close('the gateway closed the feed');
    } catch (error) {
      this.#waits.close(`the feed broke: ${summarize(error).message}`);
    }
  }

  #take({ type, data }: ServerSentEvent): void {
    if (type === 'session') this.#changed(readLiveSession(data));
    if (type === 'ended') this.#ended(readCallSid(data));
    this.#waits.check();
  }

  #changed(session: LiveSessionView | null): void {
    if (!session) return;
    this.#sessions.set(session.callSid, session);
    const states = this.#statesSeen.get(session.callSid) ?? new Set();
    this.#statesSeen.set(session.callSid, states.add(session.state));
    for (const listener of this.#listeners) listener.onSession(session);
  }

  #ended(callSid: string | null): void {
    if (callSid === null) return;
    this.#sessions.delete(callSid);
    for (const listener of this.#listeners) listener.onEnded(callSid);
  }
}
