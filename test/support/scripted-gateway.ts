import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** A request as a scripted gateway got it. */
export interface SeenRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly signature: string | undefined;
}

export interface SeenUpgrade {
  readonly path: string;
  readonly signature: string | undefined;
}

/** An answer other than TwiML as `text/xml`. */
export interface Reply {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type TwimlFor = (request: SeenRequest, url: string) => string | number | Reply;
type Message = Readonly<Record<string, unknown>> & { readonly event: string; readonly streamSid: string };

/** What to do with a message of the stream. */
export type OnMessage = (message: Message, socket: WebSocket, raw: string) => void;

export interface Script {
  /** TwiML for a POST, an HTTP status to refuse it with, or a whole reply; `/twilio/*-status` is answered 204 unless it says otherwise. */
  readonly twiml: TwimlFor;
  /** Everything that comes on a stream, parsed. */
  readonly onMessage?: OnMessage;
  /** The upgrade's HTTP status when not 101. */
  readonly refuseUpgrade?: number;
  readonly onOpen?: (socket: WebSocket) => void;
  /** Answers a GET: `/health`, `/api/…`; 404 when it does not. */
  readonly onGet?: (path: string, response: ServerResponse) => void;
}

/** A gateway that does exactly what a test tells it, and remembers what it got. */
export class ScriptedGateway {
  readonly requests: SeenRequest[] = [];
  readonly upgrades: SeenUpgrade[] = [];
  readonly messages: Message[] = [];
  readonly #script: Script;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  constructor(script: Script) {
    this.#script = script;
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on('upgrade', (request: IncomingMessage, socket, head) => {
      this.upgrades.push({ path: request.url ?? '', signature: header(request) });
      if (script.refuseUpgrade) {
        socket.end(
          `HTTP/1.1 ${script.refuseUpgrade} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
        );
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (stream) => this.#opened(stream));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    return this.url;
  }

  get url(): string {
    const address = this.#http.address();
    if (typeof address !== 'object' || address === null)
      throw new Error('The scripted gateway does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Connections that are open now, of any kind. */
  async openConnections(): Promise<number> {
    return await new Promise((resolve, reject) => {
      this.#http.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  paths(): string[] {
    return this.requests.map((request) => request.path);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #opened(socket: WebSocket): void {
    this.#script.onOpen?.(socket);
    socket.on('message', (data) => {
      const raw = data.toString();
      const message: Message = JSON.parse(raw);
      this.messages.push(message);
      this.#script.onMessage?.(message, socket, raw);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      if (this.#script.onGet) this.#script.onGet(request.url ?? '', response);
      else response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const seen = { path: request.url ?? '', form, signature: header(request) };
    this.requests.push(seen);
    if (seen.path.endsWith('-status')) response.writeHead(204).end();
    else this.#answerTwiml(this.#script.twiml(seen, this.url), response);
  }

  #answerTwiml(answer: string | number | Reply, response: ServerResponse): void {
    if (typeof answer === 'object') response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(answer);
  }
}

function header(request: IncomingMessage): string | undefined {
  return request.headers['x-twilio-signature']?.toString();
}

/** The contract's TwiML for a call: a stream with an action, and a redirect behind it. */
export function streamTwiml(url: string, { action = true } = {}): string {
  const connect = action ? `<Connect action="${url}/twilio/voice/next" method="POST">` : '<Connect>';
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${connect}<Stream url="${url.replace('http', 'ws')}/twilio/media/t0ken" statusCallback="${url}/twilio/stream-status"><Parameter name="caller" value="a &amp; b"/></Stream></Connect><Redirect method="POST">${url}/twilio/voice/redirected</Redirect></Response>`;
}

export const HANGUP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';
