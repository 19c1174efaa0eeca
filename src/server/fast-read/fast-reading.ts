import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Logger } from '../../core/logger.js';
import { isTestedNode, TESTED_NODE_MAJORS } from '../../core/version.js';
import { FastReadSocket, type Handle } from './fast-read-socket.js';
import { ReadPauses } from './read-pauses.js';

/** Takes over the connection of an upgrade; null: it stays as it is, and plain `ws` is to read it. */
export type Adopt = (socket: Duplex) => FastReadSocket | null;

const plainWs: Adopt = () => null;

/** Fast reading where it is asked for and this Node is one it is tested on, else plain `ws`; `README.md` beside this file has the rest. */
export function fastReading(isAskedFor: boolean, logger: Logger, node = process.versions.node): Adopt {
  if (!isAskedFor) return plainWs;
  if (!isTestedNode(node)) {
    logger.warn(
      { node, tested: TESTED_NODE_MAJORS },
      'Fast reading is off: it is not tested on this version of Node.js, plain ws reads the streams',
    );
    return plainWs;
  }
  const pauses = new ReadPauses();
  return (socket) => {
    const handle = takeHandle(socket);
    if (handle === null) return null;
    const taken = new FastReadSocket(handle, pauses);
    taken.connection.once('close', () => socket.destroy());
    return taken;
  };
}

/** The HTTP server's socket is left without its connection, and only keeps its place among the server's. Null: there is none of plain TCP. */
function takeHandle(socket: Duplex): Handle | null {
  if (!(socket instanceof Socket) || socket instanceof TLSSocket || !('_handle' in socket)) return null;
  const handle = socket._handle;
  if (!isHandle(handle)) return null;
  handle.readStop();
  handle.reading = false;
  socket._handle = null;
  return handle;
}

function isHandle(value: unknown): value is Handle {
  return (
    typeof value === 'object' &&
    value !== null &&
    'reading' in value &&
    'readStop' in value &&
    'readStart' in value
  );
}
