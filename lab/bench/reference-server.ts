import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { createVoicedSpeechDetector } from '../../src/audio/vad/voice-activity.js';

/** What the samples that everybody starts from do with a message; the same sockets as ours, and nothing around them. */
type Work = (socket: WebSocket) => (data: RawData) => void;

const MESSAGE_MS = 100;
const AHEAD_MS = 200;
const TICK_MS = 20;

interface Media {
  readonly event: string;
  readonly streamSid: string;
  readonly media: { readonly timestamp: string; readonly payload: string };
}

const speaking = new Set<() => void>();

const WORKS: Readonly<Record<string, Work>> = {
  receive: () => () => undefined,
  listen: () => (data) => {
    const message: Media = JSON.parse(String(data));
    if (message.event === 'media') Buffer.from(message.media.payload, 'base64');
  },
  detect: () => {
    const detector = createVoicedSpeechDetector(() => undefined);
    return (data) => {
      const message: Media = JSON.parse(String(data));
      if (message.event !== 'media') return;
      const frame = Buffer.from(message.media.payload, 'base64');
      detector.push(frame, Number(message.media.timestamp), Number.NEGATIVE_INFINITY);
    };
  },
  echo: (socket) => (data) => {
    const { event, streamSid, media }: Media = JSON.parse(String(data));
    if (event !== 'media') return;
    const payload = Buffer.from(media.payload, 'base64').toString('base64');
    socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
  },
  speak: (socket) => (data) => {
    const { event, streamSid, media }: Media = JSON.parse(String(data));
    if (event === 'media') Buffer.from(media.payload, 'base64');
    if (event !== 'start') return;
    const speak = speaker(socket, streamSid);
    speaking.add(speak);
    socket.on('close', () => speaking.delete(speak));
  },
};

/** Sends what is due of a voice that never stops. */
function speaker(socket: WebSocket, streamSid: string): () => void {
  const audio = Buffer.alloc(MESSAGE_MS * 8, 0x2a);
  let sentUntil = performance.now();
  return () => {
    const now = performance.now();
    for (sentUntil = Math.max(sentUntil, now); sentUntil - now < AHEAD_MS; sentUntil += MESSAGE_MS) {
      const payload = audio.toString('base64');
      socket.send(JSON.stringify({ event: 'media', streamSid, media: { payload } }));
    }
  };
}

const [mode = 'receive'] = process.argv.slice(2);
const work = WORKS[mode];
if (!work) throw new Error(`There is no reference ${mode}.`);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', work(socket));
  socket.on('error', () => undefined);
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
setInterval(() => {
  for (const speak of speaking) speak();
}, TICK_MS);
