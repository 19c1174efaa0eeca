import { connect, type Socket } from 'node:net';

/** The bytes of an upgrade's request. */
export function handshake(path: string, headers: Readonly<Record<string, string>>, method = 'GET'): string {
  const lines = Object.entries({
    Host: 'voice.example.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** One TCP connection of a peer that does what no client would. */
export class RawSocket {
  readonly socket: Socket;
  readonly #startedAt = performance.now();
  readonly #chunks: Buffer[] = [];
  readonly #closed: Promise<number>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => resolve(performance.now() - this.#startedAt));
    });
  }

  static async open(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawSocket(socket);
  }

  /** Everything that came so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.bytes.toString('latin1'))?.[1] ?? 0);
  }

  /** Settles with the milliseconds that the connection has lived. */
  untilClosed(): Promise<number> {
    return this.#closed;
  }

  /** Settles when an answer has begun to come, or the connection is closed, with the milliseconds since it was opened. */
  untilAnswered(): Promise<number> {
    const answered = new Promise<number>((resolve) => {
      this.socket.once('data', () => resolve(performance.now() - this.#startedAt));
    });
    return this.#chunks.length > 0 ? Promise.resolve(0) : Promise.race([answered, this.#closed]);
  }

  /** The code of the close frame that the server sent; 1006 when the connection ended without one. */
  get closeCode(): number {
    const text = this.bytes;
    let at = text.indexOf('\r\n\r\n') + 4;
    while (at + 2 <= text.length) {
      const [opcode, length] = [(text[at] ?? 0) & 0x0f, (text[at + 1] ?? 0) & 0x7f];
      const [size, head] = length === 126 ? [text.readUInt16BE(at + 2), 4] : [length, 2];
      if (opcode === 8) return size >= 2 ? text.readUInt16BE(at + head) : 1005;
      at += head + size;
    }
    return 1006;
  }
}

/** A client's frame: masked (with zeros), final, text, unless said otherwise. */
export function frame(
  payload: Buffer | string,
  { opcode = 1, fin = true, masked = true, reserved = 0 } = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const head =
    bytes.length < 126
      ? Buffer.from([first, mask | bytes.length])
      : bytes.length < 65_536
        ? Buffer.from([first, mask | 126, bytes.length >> 8, bytes.length & 0xff])
        : Buffer.concat([Buffer.from([first, mask | 127]), length64(bytes.length)]);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), bytes]);
}

function length64(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
