import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { PACING, type Pacing, Playback } from '../../src/twilio/playback.js';
import { PlayoutClock } from '../../src/twilio/playout-clock.js';
import { Ticker } from '../../src/twilio/ticker.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';

const CALLS = 100;
const SECONDS = 3;
const TICK_MS = 20;
const STALL_MS = 150;
/** When the event loop stands still, from the beginning of a run. */
const STALLS_AT_MS = [700, 1210, 1805, 2411];

const PACINGS: readonly Pacing[] = [
  { messageMs: 20, leadMs: 40 },
  { messageMs: 20, leadMs: 200 },
  { messageMs: 40, leadMs: 200 },
  { messageMs: 100, leadMs: 100 },
  { messageMs: 100, leadMs: 150 },
  PACING,
  { messageMs: 100, leadMs: 400 },
  { messageMs: 200, leadMs: 200 },
];

// A peer that reads and forgets, in a thread of its own: its work is not counted.
const SINK = `
  const { parentPort } = require('node:worker_threads');
  const { WebSocketServer } = require('ws');
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', () => {}));
  server.on('listening', () => parentPort.postMessage(server.address().port));
`;

interface Run {
  readonly messagesPerSecond: number;
  /** Milliseconds of the event loop for one second of one call. */
  readonly loopMs: number;
  /** The longest silence within the agent's words, and how many there were. */
  readonly longestGapMs: number;
  readonly gaps: number;
  /** The most that was at Twilio and not yet heard: what plays on when a clear is lost. */
  readonly inFlightMs: number;
}

/** One call's audio as Twilio gets it: played at real time from when it arrives. */
class HeardAudio {
  #dryAt = 0;
  messages = 0;
  longestGapMs = 0;
  gaps = 0;
  inFlightMs = 0;

  arrive(ms: number, now: number): void {
    const gapMs = this.messages > 0 ? now - this.#dryAt : 0;
    if (gapMs > 1) this.gaps += 1;
    this.longestGapMs = Math.max(this.longestGapMs, gapMs);
    this.#dryAt = Math.max(this.#dryAt, now) + ms;
    this.inFlightMs = Math.max(this.inFlightMs, this.#dryAt - now);
    this.messages += 1;
  }
}

export const topic: BenchTopic = {
  title: `Outbound audio: ${CALLS} calls speak for ${SECONDS} s through real sockets; the event loop stands still for ${STALL_MS} ms ${STALLS_AT_MS.length} times`,
  async run() {
    const sink = new Worker(SINK, { eval: true });
    const [port]: unknown[] = await once(sink, 'message');
    const sockets = await Promise.all(Array.from({ length: CALLS }, () => connect(Number(port))));
    const rows: BenchRow[] = [];
    for (const pacing of PACINGS) {
      const quiet = await play(pacing, sockets, []);
      const stalled = await play(pacing, sockets, STALLS_AT_MS);
      rows.push(rowOf(pacing, quiet, stalled));
    }
    for (const socket of sockets) socket.terminate();
    await sink.terminate();
    return rows;
  },
};

async function connect(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

async function play(
  pacing: Pacing,
  sockets: readonly WebSocket[],
  stallsAt: readonly number[],
): Promise<Run> {
  const ticker = new Ticker(TICK_MS, (error) => {
    throw error;
  });
  const heard = sockets.map((socket) => speak(pacing, socket, ticker));
  const before = performance.eventLoopUtilization();
  const stalls = stallsAt.map((at) => setTimeout(stall, at));
  await pause(SECONDS * 1000);
  const { active } = performance.eventLoopUtilization(before);
  for (const timer of stalls) clearTimeout(timer);
  for (const { playback } of heard) playback.close();
  const worst = (of: (audio: HeardAudio) => number) => Math.max(...heard.map(({ audio }) => of(audio)));
  const messages = heard.reduce((sum, { audio }) => sum + audio.messages, 0);
  return {
    messagesPerSecond: messages / CALLS / SECONDS,
    loopMs: active / CALLS / SECONDS,
    longestGapMs: worst(({ longestGapMs }) => longestGapMs),
    gaps: heard.reduce((sum, { audio }) => sum + audio.gaps, 0),
    inFlightMs: worst(({ inFlightMs }) => inFlightMs),
  };
}

function speak(pacing: Pacing, socket: WebSocket, ticker: Ticker) {
  const head = '{"event":"media","streamSid":"MZ00000000000000000000000000000000","media":{"payload":"';
  const audio = new HeardAudio();
  const output = {
    sendMedia: (bytes: Buffer) => {
      audio.arrive(bytes.length / 8, performance.now());
      socket.send(`${head}${bytes.toString('base64')}"}}`);
    },
    sendMark: () => undefined,
    sendClear: () => undefined,
  };
  const nothing = () => undefined;
  const listener = { onSpeaking: nothing, onSent: nothing, onMarkLag: nothing, onMarkStall: nothing };
  const playback = new Playback({ output, clock: new PlayoutClock(), ticker, listener, pacing });
  const story = { text: 'a long story', audio: Buffer.alloc((SECONDS + 2) * 8000, 0x2a) };
  playback.open({ onEnd: nothing }).push(story);
  return { playback, audio };
}

function stall(): void {
  const until = performance.now() + STALL_MS;
  while (performance.now() < until);
}

function rowOf({ messageMs, leadMs }: Pacing, quiet: Run, stalled: Run): BenchRow {
  const isOurs = messageMs === PACING.messageMs && leadMs === PACING.leadMs;
  const figure = `${messageMs} ms a message, ${leadMs} ms ahead${isOurs ? ' (ours)' : ''}`;
  const load = `${quiet.messagesPerSecond.toFixed(1)} messages/s, ${(quiet.loopMs * 1000).toFixed(0)} µs of the loop a second`;
  const heard = `a stall is heard as ${stalled.longestGapMs.toFixed(0)} ms of silence (${stalled.gaps} in all); a lost clear costs ${quiet.inFlightMs.toFixed(0)} ms`;
  return {
    figure,
    measured: load,
    reference: heard,
    ...(isOurs ? { target: 'no silence', met: stalled.gaps === 0 } : {}),
  };
}
