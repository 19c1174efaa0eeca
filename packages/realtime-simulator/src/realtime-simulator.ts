import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Speak, toneVoiceWithWords } from './audio/tone-voice.js';
import { RealtimeSimulatorError } from './error.js';
import { ModelSession } from './model/model-session.js';
import type { Breach, SessionEvent } from './model/session-record.js';
import { PROFILES, type Profile, type ProfileName } from './profiles.js';
import type { Opening, Script } from './script/script.js';
import { scriptProblems } from './script/script-checks.js';
import { modelOf, refusalOf, refusalText } from './upgrade.js';

export interface RealtimeSimulatorOptions {
  readonly script?: Script;
  /** An endpoint by its name, or one of one's own: `{ ...PROFILES.openai, truncatesToZero: true }`. Default `openai`. */
  readonly profile?: ProfileName | Profile;
  /** The model's voice: mu-law at 8 kHz for a text, and the times of its words if it knows them. Default: a tone for each word. */
  readonly speak?: Speak;
  /** The only API key that is accepted. Default: any key. */
  readonly apiKey?: string;
  /** Models, or deployments, that exist, those for transcription included. Default: all. */
  readonly models?: readonly string[];
  /** How old a session may become. Default: 60 minutes. */
  readonly sessionMs?: number;
  /** So long after an event the client may not know of it: what it does wrong until then is a race, no breach. Default 1000. */
  readonly graceMs?: number;
  /** Keeps the caller's audio in `ModelSession.heard`. Default: false. */
  readonly keepAudio?: boolean;
  /** Told of what each turn of a caller says. */
  readonly onTurn?: (words: string, session: number) => void;
  /** Told of every event and breach. `session` is counted from 1. */
  readonly onEvent?: (event: SessionEvent | Breach, session: number) => void;
}

// 15 MiB of audio are 20 MiB of base64.
const LARGEST_MESSAGE_BYTES = 32 * 1024 * 1024;
const HOUR_MS = 3_600_000;
const GRACE_MS = 1000;
const BETA_CLOSE = 4000;

/** A scripted server of the OpenAI Realtime protocol. */
export class RealtimeSimulator {
  readonly sessions: ModelSession[] = [];
  readonly #options: RealtimeSimulatorOptions;
  readonly #profile: Profile;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE_BYTES,
  });
  readonly #hanging = new Set<Duplex>();
  readonly #words: string[] = [];
  readonly #waiting = new Set<() => void>();
  #connections = 0;

  /** Throws a `BAD_SCRIPT` error for a script that cannot be played. */
  constructor(options: RealtimeSimulatorOptions = {}) {
    const [problem] = scriptProblems(options.script ?? {});
    if (problem) throw new RealtimeSimulatorError('BAD_SCRIPT', `${problem.message} ${problem.hint}`);
    const { profile = 'openai' } = options;
    this.#options = options;
    this.#profile = typeof profile === 'string' ? PROFILES[profile] : profile;
    this.#server = createServer((_, response) =>
      response.writeHead(426).end('This is a WebSocket server.\n'),
    );
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Gives the address for clients, with a model: `ws://127.0.0.1:PORT/v1/realtime?model=…`. Rejects when the port is taken. */
  async listen(port = 0, host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => resolve());
    });
    const address = this.#server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    const model = this.#options.models?.[0] ?? 'gpt-realtime-2.1-mini';
    const name = host.includes(':') ? `[${host}]` : host;
    return `ws://${name}:${bound}${this.#profile.path}?model=${encodeURIComponent(model)}`;
  }

  /** Of all sessions. */
  get breaches(): readonly Breach[] {
    return this.sessions.flatMap((session) => session.breaches);
  }

  /** Sessions whose connections are open now. */
  get connections(): number {
    return this.#sockets.clients.size;
  }

  /** The session that comes `count`th. Rejects with `DEADLINE`. */
  session(count = 1, withinMs = 15_000): Promise<ModelSession> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const session = this.sessions[count - 1];
        if (!session) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(session);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new RealtimeSimulatorError('DEADLINE', `No ${count}. session within ${withinMs} ms`));
      }, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** What the next turn of any caller says, before what the script has for it. */
  callerSays(words: string): void {
    this.#words.push(words);
  }

  /** Ends every connection; nothing is left open. */
  async close(): Promise<void> {
    for (const socket of [...this.#sockets.clients]) socket.terminate();
    for (const socket of this.#hanging) socket.destroy();
    this.#sockets.close();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#connections++;
    const opening = this.#openingNow();
    if (opening.hang) {
      this.#hanging.add(socket);
      socket.once('close', () => this.#hanging.delete(socket));
      return;
    }
    const { apiKey = null, models = null } = this.#options;
    const refusal = refusalOf(request, { profile: this.#profile, apiKey, models, opening });
    if (refusal) socket.end(refusalText(refusal));
    else this.#sockets.handleUpgrade(request, socket, head, (client) => this.#open(client, request, opening));
  }

  #openingNow(): Opening {
    const opening = this.#options.script?.opening ?? {};
    return this.#connections > (opening.times ?? Number.POSITIVE_INFINITY) ? {} : opening;
  }

  #open(socket: WebSocket, request: IncomingMessage, opening: Opening): void {
    const { script = {}, speak = toneVoiceWithWords, sessionMs = HOUR_MS, models = null } = this.#options;
    const { graceMs = GRACE_MS, keepAudio = false, onEvent, onTurn } = this.#options;
    const number = this.sessions.length + 1;
    const profile = this.#profile;
    const session = new ModelSession(socket, {
      profile,
      script,
      number,
      speak,
      sessionMs,
      graceMs,
      keepAudio,
      model: modelOf(request),
      transcriptionModels: profile.name === 'azure' ? models : null,
      nextWords: () => this.#words.shift(),
      onTurn: (words) => onTurn?.(words, number),
      observe: (event) => onEvent?.(event, number),
    });
    this.sessions.push(session);
    for (const look of this.#waiting) look();
    if (this.#sockets.clients.size > profile.maxSessions)
      return session.refuse('session_limit_reached', 1008);
    if (request.headers['openai-beta'] !== undefined && profile.unknownFields === 'refused')
      return session.refuse('beta_api_shape_disabled', BETA_CLOSE);
    session.open(opening.createdAfterMs ?? profile.createdAfterMs);
  }
}
