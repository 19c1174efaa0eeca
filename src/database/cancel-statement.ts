import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import pg from 'pg';

const TIMEOUT_MS = 250;
/** The codes of PostgreSQL's protocol in place of a version (manual, 55.7): 1234 in the upper half. */
const CANCEL_REQUEST = (1234 << 16) | 5678;
const SSL_REQUEST = (1234 << 16) | 5679;

/**
 * Asks the server to give up what this client has asked of it, on a connection of its own, as the protocol has it.
 * Settles within 250 ms, never rejects.
 * The server answers no such request, and one that does not arrive changes nothing.
 */
export function cancelStatement(client: object, connection: pg.ClientConfig): Promise<void> {
  const request = cancelRequest(client);
  if (request === null) return Promise.resolve();
  const { host, port, ssl } = new pg.Client(connection);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  quietly(socket);
  if (!ssl) socket.end(request);
  else {
    socket.write(message(SSL_REQUEST));
    const options = typeof ssl === 'object' ? ssl : {};
    socket.once('data', () => quietly(connectTls({ ...options, socket, servername: host })).end(request));
  }
  return new Promise((settle) => {
    socket.once('close', () => settle());
    setTimeout(() => socket.destroy(), TIMEOUT_MS).unref();
  });
}

/** Whether the server itself answers, and no pooler between: that one gives its own number in place of the process that answers. */
export async function isDirect(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return 'processID' in client && client.processID === rows[0]?.pid;
}

// The driver keeps what the server sent for this purpose, but its types do not tell.
function cancelRequest(client: object): Buffer | null {
  if (!('processID' in client) || !('secretKey' in client)) return null;
  const { processID, secretKey } = client;
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return null;
  return message(CANCEL_REQUEST, processID, secretKey);
}

function message(...words: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * words.length);
  bytes.writeInt32BE(bytes.length);
  for (const [at, word] of words.entries()) bytes.writeInt32BE(word | 0, 4 + 4 * at);
  return bytes;
}

function quietly<T extends Socket>(socket: T): T {
  return socket.on('error', () => {});
}
