import { TextFrameParser } from '../../src/core/text-frame-parser.js';
import { FastReadSocket } from '../../src/server/fast-read/fast-read-socket.js';

// Loaded before every test file. All connections are read into one buffer, and by the next read a message is gone. Here its bytes are gone as soon as its
// turn is over: whoever has kept a view of them instead of a copy is found out.

const OVERWRITTEN = 0xaa;
/** On the prototype once that is done: many files may share one process. */
const DONE = Symbol.for('bayline.overwritten');

if (!(DONE in FastReadSocket.prototype)) overwrite();

function overwrite(): void {
  const { emit } = FastReadSocket.prototype;
  FastReadSocket.prototype.emit = function (
    this: FastReadSocket,
    event: string | symbol,
    ...what: unknown[]
  ) {
    try {
      return Reflect.apply(emit, this, [event, ...what]);
    } finally {
      if (event === 'message' && Buffer.isBuffer(what[0])) what[0].fill(OVERWRITTEN);
    }
  };
  const { take } = TextFrameParser.prototype;
  TextFrameParser.prototype.take = function (this: TextFrameParser, bytes: Buffer, length: number) {
    try {
      Reflect.apply(take, this, [bytes, length]);
    } finally {
      bytes.fill(OVERWRITTEN, 0, length);
    }
  };
  Object.defineProperty(FastReadSocket.prototype, DONE, { value: true });
}
