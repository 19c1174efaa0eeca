import type { RealtimeConfig } from '../../agent-settings.js';
import { CallerAudioOut } from './caller-audio-out.js';
import { requestEvent, SETUP_ID, setupEvent } from './client-events.js';
import { isFatalBeforeReady, isFatalCode } from './fault-codes.js';
import type {
  ModelEvent,
  ModelFault,
  ModelListener,
  ModelRequest,
  ModelSession,
  ModelSetup,
  SessionObserver,
} from './model.js';
import { createModelAudio, type ModelAudio } from './model-audio.js';
import { ModelConnection } from './model-connection.js';
import { ModelEvents, type ServerMessage } from './model-events.js';
import { formatsOf, type WireSession } from './server-events.js';

export interface RealtimeSessionOptions {
  readonly realtime: RealtimeConfig;
  readonly setup: ModelSetup;
  readonly observer?: SessionObserver;
}

const HANDSHAKE_MS = 2000;
/** From the beginning of the connection to a session that can be used. */
const READY_MS = 2000;
/** Servers that know PCM alone are one's own, and load their models when the first call comes. */
const OWN_SERVER_READY_MS = 8000;
/** A server that says nothing at first is sent the set-up all the same. */
const GREETING_MS = 250;
/** A server with a fault of its own is forgiven a few events. */
const MOST_GARBAGE = 5;
/** Before somebody listens. A server says little to a caller whom it has not heard. */
const MOST_UNHEARD = 1000;
const MOST_UNSENT_MS = 20_000;
/** Of mu-law, and of PCM at 24 kHz, in base64. */
const WIRE_BYTES_PER_MS = { pcmu: 11, pcmu8000: 11, pcm24000: 64 };

type Told = { readonly type: 'ready' } | { readonly type: 'end'; readonly fault: ModelFault } | ModelEvent;

/** One session of a server of the OpenAI Realtime protocol. It begins to connect at once. */
export class RealtimeSession implements ModelSession {
  readonly #options: RealtimeSessionOptions;
  readonly #audio: ModelAudio;
  readonly #callerAudio: CallerAudioOut;
  readonly #events: ModelEvents;
  readonly #connection: ModelConnection;
  readonly #beganAt = performance.now();
  #deadline: NodeJS.Timeout | undefined;
  #greeting: NodeJS.Timeout | undefined;
  #listener: ModelListener | null = null;
  /** What the listener is not told yet, in order; null when it is told at once. */
  #untold: Told[] | null = [];
  /** Requests that wait for the session, as they will be sent. */
  #waiting: string[] = [];
  #requests = 0;
  #garbage = 0;
  #earlyError: string | null = null;
  #isReady = false;
  #hasAnswered = false;
  #hasEnded = false;

  constructor(options: RealtimeSessionOptions) {
    const { realtime } = options;
    this.#options = options;
    this.#audio = createModelAudio(realtime.audio);
    const send = (message: string) => this.#connection.sendAscii(message);
    const onBatch = (nextMs: number) => this.#listener?.onBatch?.(nextMs);
    this.#callerAudio = new CallerAudioOut({ audio: this.#audio, send, onBatch });
    this.#events = new ModelEvents({
      toMulaw: (base64, itemId) => this.#audio.toMulaw(base64, itemId),
      givenMs: (serverMs) => this.#callerAudio.givenMs(serverMs),
    });
    this.#connection = new ModelConnection({
      url: realtime.url,
      headers: realtime.headers,
      handshakeMs: HANDSHAKE_MS,
      mostUnsentBytes: MOST_UNSENT_MS * WIRE_BYTES_PER_MS[realtime.audio],
      listener: {
        onOpen: () => this.#opened(),
        onMessage: (text) => this.#received(text),
        onEnd: (fault) => this.#end(fault),
      },
    });
    const readyMs = realtime.audio === 'pcm24000' ? OWN_SERVER_READY_MS : READY_MS;
    this.#deadline = setTimeout(() => this.#fail('timeout', false), readyMs);
  }

  get isReady(): boolean {
    return this.#isReady && !this.#hasEnded;
  }

  /** Why it is over; null while it is not, and after `close`. */
  fault: ModelFault | null = null;

  listen(listener: ModelListener): void {
    this.#listener = listener;
    queueMicrotask(() => this.#connection.guard(() => this.#tellUntold()));
  }

  pushAudio(frame: Buffer): void {
    if (!this.#hasEnded) this.#callerAudio.push(frame);
  }

  send(request: ModelRequest): string {
    this.#requests += 1;
    const id = `bl_${this.#requests}`;
    const event = requestEvent(request, id, this.#options);
    if (event === null || this.#hasEnded) return id;
    const message = JSON.stringify(event);
    if (this.#isReady) this.#connection.send(message);
    else this.#waiting.push(message);
    return id;
  }

  close(why?: 'unanswered'): void {
    this.#untold = null;
    this.#listener = null;
    if (why) this.#end({ code: why, fatal: false });
    this.#release();
    this.#connection.close();
  }

  #opened(): void {
    this.#greeting = setTimeout(() => this.#connection.guard(() => this.#setUp()), GREETING_MS);
  }

  // Said twice when the server greets late, in case that it heard nothing before it did.
  #setUp(): void {
    clearTimeout(this.#greeting);
    if (this.#isReady || this.#hasEnded) return;
    const { realtime, setup } = this.#options;
    this.#connection.send(JSON.stringify(setupEvent(realtime, setup, this.#audio.format)));
  }

  #received(text: string | null): void {
    const messages = text === null ? null : this.#events.read(text);
    if (messages === null) return this.#foundGarbage();
    for (const message of messages) if (!this.#hasEnded) this.#handle(message);
  }

  #foundGarbage(): void {
    this.#garbage += 1;
    this.#options.observer?.onError('broken_event');
    if (this.#garbage >= MOST_GARBAGE) this.#fail('garbage', false);
  }

  #handle(message: ServerMessage): void {
    switch (message.type) {
      case 'session_created':
        return this.#setUp();
      case 'session_updated':
        return this.#updated(message.session);
      case 'error':
        return this.#onError(message);
      case 'response_done':
        this.#tell(message);
        if (message.status === 'failed') this.#options.observer?.onError(message.reason ?? 'other');
        if (message.reason !== null && isFatalCode(message.reason)) this.#fail(message.reason, true);
        return;
      case 'caller_words_failed':
        this.#options.observer?.onError('transcription_failed');
        return this.#tell(message);
      case 'audio':
      case 'words':
      case 'words_done':
      case 'function_call':
        if (!this.#hasAnswered) this.#options.observer?.onAnswered?.();
        this.#hasAnswered = true;
        return this.#tell(message);
      default:
        this.#tell(message);
    }
  }

  #updated(session: WireSession): void {
    if (this.#isReady) return;
    const { input, output } = formatsOf(session);
    if (!input || !output || !this.#audio.isSame(input) || !this.#audio.isSame(output))
      return this.#fail('format', true);
    this.#isReady = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#greeting);
    for (const message of this.#waiting) this.#connection.send(message);
    this.#waiting = [];
    this.#callerAudio.open();
    this.#options.observer?.onReady(performance.now() - this.#beganAt);
    this.#tell({ type: 'ready' });
  }

  #onError(event: Extract<ModelEvent, { type: 'error' }>): void {
    const { code, requestId } = event;
    // A race that every client loses now and then.
    if (code === 'response_cancel_not_active') return this.#tell(event);
    if (code === 'session_expired' || isFatalCode(code)) return this.#fail(code, isFatalCode(code));
    if (requestId === SETUP_ID) return this.#fail(code, isFatalBeforeReady(code));
    // It may say why the connection then ends.
    if (!this.#isReady) {
      this.#earlyError = code;
      return;
    }
    this.#options.observer?.onError(code);
    this.#tell(event);
  }

  #fail(code: string, fatal: boolean): void {
    this.#connection.close();
    this.#end({ code, fatal });
  }

  #end({ code, fatal }: ModelFault): void {
    if (this.#hasEnded) return;
    this.#release();
    const fault = { code: this.#isReady ? code : (this.#earlyError ?? code), fatal };
    this.fault = fault;
    this.#options.observer?.onError(fault.code);
    this.#options.observer?.onEnd(fault);
    this.#tell({ type: 'end', fault });
  }

  #release(): void {
    if (!this.#hasEnded) this.#options.observer?.onGone?.();
    this.#hasEnded = true;
    this.#waiting = [];
    clearTimeout(this.#deadline);
    clearTimeout(this.#greeting);
  }

  #tell(told: Told): void {
    if (this.#untold === null) return this.#tellNow(told);
    this.#untold.push(told);
    if (this.#untold.length > MOST_UNHEARD && !this.#hasEnded) this.#fail('garbage', false);
  }

  #tellUntold(): void {
    for (let told = this.#untold?.shift(); told !== undefined; told = this.#untold?.shift())
      this.#tellNow(told);
    this.#untold = null;
  }

  #tellNow(told: Told): void {
    if (told.type === 'ready') this.#listener?.onReady();
    else if (told.type === 'end') this.#listener?.onEnd(told.fault);
    else this.#listener?.onEvent(told);
  }
}
