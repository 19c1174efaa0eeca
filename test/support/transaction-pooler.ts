import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pg from 'pg';

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;
const TERMINATE = 'X'.charCodeAt(0);
/** What a server in recovery answers (`check_transaction_read_only` in its source), and it leaves the transaction aborted as there. */
const IN_RECOVERY =
  "begin; do $$ begin raise feature_not_supported using message = 'cannot set transaction read-write mode during recovery'; end $$\0";
/** What poolers let through at the start of a connection unless they are told otherwise. */
const USUAL =
  /^(user|database|application_name|client_encoding|datestyle|timezone|standard_conforming_strings)$/i;

/** One session at the server, which outlives the clients that use it. */
interface Session {
  readonly stream: Duplex;
  readonly client: pg.Client;
  hear: (message: Buffer) => void;
  /** Requests whose end was not announced yet: a client may send several in one go. */
  asked: number;
}

/**
 * A pooler as hosters put it in front of PostgreSQL: a client has a session of the server for the length of a transaction only, another one
 * for the next, and what the last client has set or locked in it is still there. Takes no password and only the usual parameters.
 */
export class TransactionPooler {
  readonly #target: pg.ClientConfig;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #sessions = new Set<Session>();
  readonly #free: Session[] = [];
  readonly #waiting: ((session: Session) => void)[] = [];
  readonly #busy = new Map<number, Session>();
  #clientCount = 0;
  /** The parameters for which a client was sent away. */
  readonly refused: string[] = [];
  /** How often a client asked to cancel what it was waiting for. */
  cancels = 0;
  /** The SQLSTATE that every new client is turned away with; null: none is. */
  turnsAwayWith: string | null = null;
  /** As if a standby were behind it: no transaction begins that may write, and what is read is answered. */
  isStandby = false;

  private constructor(target: pg.ClientConfig) {
    this.#target = target;
    this.#server = createServer((socket) => this.#greet(socket));
  }

  /** With so many sessions at the server, all of them made at once. */
  static async listen(target: pg.ClientConfig, sessions: number): Promise<TransactionPooler> {
    const pooler = new TransactionPooler(target);
    for (let n = 0; n < sessions; n++) await pooler.#openSession();
    await new Promise<void>((done) => pooler.#server.listen(0, '127.0.0.1', done));
    return pooler;
  }

  /** How many clients have come so far. */
  get clientCount(): number {
    return this.#clientCount;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the pooler does not listen');
    return address.port;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    for (const { stream } of this.#sessions) stream.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  async #openSession(): Promise<void> {
    const client = new pg.Client(this.#target);
    client.on('error', () => {});
    await client.connect();
    // The driver has logged in; from now on its connection carries what the clients say.
    const { stream } = client.connection;
    stream.removeAllListeners('data');
    const session: Session = { stream, client, hear: () => {}, asked: 0 };
    const messages = new Messages();
    stream.on('data', (chunk: Buffer) => {
      for (const message of messages.in(chunk)) session.hear(message);
    });
    this.#sessions.add(session);
    this.#give(session);
  }

  #take(): Promise<Session> {
    const session = this.#free.shift();
    return session ? Promise.resolve(session) : new Promise((got) => this.#waiting.push(got));
  }

  #give(session: Session): void {
    session.hear = () => {};
    const next = this.#waiting.shift();
    if (next) next(session);
    else this.#free.push(session);
  }

  #greet(socket: Socket): void {
    this.#clients.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#clients.delete(socket));
    const onStart = (chunk: Buffer) => {
      const code = chunk.readInt32BE(4);
      if (code === SSL_REQUEST) return void socket.write('N');
      socket.off('data', onStart);
      if (code === CANCEL_REQUEST) return this.#cancel(chunk.readInt32BE(8), socket);
      if (this.turnsAwayWith) return void socket.end(refusal(this.turnsAwayWith, 'no connection is free'));
      const names = chunk
        .subarray(8)
        .toString()
        .split('\0')
        .filter((_, at) => at % 2 === 0);
      const odd = names.find((name) => name !== '' && !USUAL.test(name));
      if (odd === undefined) return this.#serve(socket);
      this.refused.push(odd);
      return void socket.end(refusal('08P01', `unsupported startup parameter: ${odd}`));
    };
    socket.on('data', onStart);
  }

  #serve(socket: Socket): void {
    this.#clientCount += 1;
    const id = this.#clientCount;
    const key = Buffer.alloc(8);
    key.writeInt32BE(id);
    const welcome = [
      typed('R', Buffer.alloc(4)),
      typed('S', 'client_encoding\0UTF8\0'),
      typed('K', key),
      typed('Z', 'I'),
    ];
    socket.write(Buffer.concat(welcome));
    const messages = new Messages();
    let turn = Promise.resolve();
    socket.on('data', (chunk) => {
      for (const message of messages.in(chunk)) {
        if (message[0] === TERMINATE) return void socket.end();
        turn = turn.then(() => this.#pass(id, socket, message));
      }
    });
    socket.on('close', () => this.#leave(id));
  }

  async #pass(id: number, socket: Socket, message: Buffer): Promise<void> {
    const session = this.#busy.get(id) ?? (await this.#take());
    if (socket.destroyed) return this.#give(session);
    this.#busy.set(id, session);
    session.hear = (answer) => {
      socket.write(answer);
      if (isReady(answer)) session.asked -= 1;
      if (!isIdle(answer) || session.asked > 0) return;
      this.#busy.delete(id);
      this.#give(session);
    };
    if (isRequest(message)) session.asked += 1;
    const isRefused = this.isStandby && message.toString('latin1', 5).startsWith('begin ');
    session.stream.write(isRefused ? typed('Q', IN_RECOVERY) : message);
  }

  // A client that goes away in the midst of a transaction: it is rolled back, and the session serves the next.
  #leave(id: number): void {
    const session = this.#busy.get(id);
    if (!session) return;
    this.#busy.delete(id);
    session.asked += 1;
    session.hear = (answer) => {
      if (isReady(answer)) session.asked -= 1;
      if (isIdle(answer) && session.asked === 0) this.#give(session);
    };
    session.stream.write(typed('Q', 'rollback\0'));
  }

  #cancel(id: number, socket: Socket): void {
    this.cancels += 1;
    const client = this.#busy.get(id)?.client;
    socket.end();
    if (!client || !('processID' in client)) return;
    const { processID } = client;
    const administrator = new pg.Client(this.#target);
    void administrator
      .connect()
      .then(() => administrator.query('select pg_cancel_backend($1)', [processID]))
      .finally(() => administrator.end());
  }
}

/** The messages of one direction, whole, out of the pieces in which they come. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  *in(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5 && this.#rest.length > this.#rest.readInt32BE(1)) {
      const size = this.#rest.readInt32BE(1) + 1;
      yield this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
    }
  }
}

function refusal(code: string, message: string): Buffer {
  return typed('E', `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
}

function typed(type: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** A query of the simple protocol, or the end of one of the extended: the server announces when it is through with it. */
function isRequest(message: Buffer): boolean {
  return message[0] === 'Q'.charCodeAt(0) || message[0] === 'S'.charCodeAt(0);
}

function isReady(answer: Buffer): boolean {
  return answer[0] === 'Z'.charCodeAt(0);
}

function isIdle(answer: Buffer): boolean {
  return isReady(answer) && answer[5] === 'I'.charCodeAt(0);
}
