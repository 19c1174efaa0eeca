import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What a server answers to these bytes, a line each and an empty one behind them; the connection is closed afterwards. */
export async function rawRequest(url: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
    // An upgrade that was let in does not end by itself.
    if (text.startsWith('HTTP/1.1 101')) socket.destroy();
  });
  const ended = once(socket, 'close');
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`, 'latin1');
  await ended;
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(text.slice(9, 12)), head, body: rest.join('\r\n\r\n') };
}
