import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const A = 1;
const TTL_SECONDS = 1;
const ANSWER = 0x8180;
const NO_SUCH_NAME = 0x8183;
/** The name of the question, which stands behind the header of 12 bytes. */
const POINTER = 0xc00c;

/** A name server that knows one name, whatever it is asked for: the addresses of the replicas that run, as Docker's own tells them. */
export class NameServer {
  readonly addresses = new Set<string>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (query, { port, address }) => {
      const answer = this.#answer(query);
      if (answer) socket.send(answer, port, address);
    });
  }

  static async listen(): Promise<NameServer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  /** Null: nothing that could be answered. */
  #answer(query: Buffer): Buffer | null {
    const end = endOfQuestion(query);
    if (end === null) return null;
    const known = query.readUInt16BE(end - 4) === A ? [...this.addresses] : [];
    const header = Buffer.alloc(12);
    header.writeUInt16BE(query.readUInt16BE(0), 0);
    header.writeUInt16BE(this.addresses.size > 0 ? ANSWER : NO_SUCH_NAME, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(known.length, 6);
    return Buffer.concat([header, query.subarray(12, end), ...known.map(recordOf)]);
  }
}

function recordOf(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(POINTER, 0);
  record.writeUInt16BE(A, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  record.set(address.split('.').map(Number), 12);
  return record;
}

/** Behind the labels of the name, its type and its class; null when it is cut off. */
function endOfQuestion(query: Buffer): number | null {
  let at = 12;
  for (let length = query[at]; length; length = query[at]) at += length + 1;
  return query[at] === 0 && at + 5 <= query.length ? at + 5 : null;
}
