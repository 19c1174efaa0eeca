import { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { KeypadAgent } from '../../src/agents/keypad/keypad-agent.js';
import { LiveCall } from '../../src/calls/live-call.js';
import { LiveSession } from '../../src/sessions/live-session.js';
import { SessionWriter } from '../../src/sessions/session-writer.js';
import { MediaStream } from '../../src/twilio/media-stream.js';
import { Playback } from '../../src/twilio/playback.js';
import type { Memory, Question, Reading } from './probed-gateway.js';

const { constructor: Timeout } = setTimeout(() => undefined, 0);
/** What calls are made of; an object of one that lives on after its call is a leak. Timers that keep nobody awake are among them. */
const KINDS = {
  Timeout,
  Socket,
  WebSocket,
  Worker,
  MediaStream,
  LiveCall,
  KeypadAgent,
  Playback,
  LiveSession,
  SessionWriter,
};

const STANDSTILL_MS = 400;
const BETWEEN_LOOKS_MS = 100;

const ANSWERS: Record<Question, () => unknown> = {
  'active resources': activeResources,
  memory,
  'stand still': standStill,
  everything: async () => ({ memory: await memory(), counts: await allCounts() }),
};

function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function memory(): Promise<Memory> {
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.();
    await new Promise((turnOver) => setImmediate(turnOver));
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers, rss };
}

/** Takes a second or more: each kind of object is looked for in the whole heap. A pause after each kind lets the gateway read its answers in time. */
async function allCounts(): Promise<Reading['counts']> {
  const active = Object.entries(activeResources()).map(([name, count]) => [`active ${name}`, count]);
  const objects: [string, number][] = [];
  for (const [name, kind] of Object.entries(KINDS)) {
    objects.push([name, Number(queryObjects(kind))]);
    await pause(BETWEEN_LOOKS_MS);
  }
  const names = process.eventNames().map(String);
  const listeners = names.map((name) => [`listeners of ${name}`, process.listenerCount(name)]);
  return Object.fromEntries([...active, ...objects, ...listeners]);
}

/** The event loop is blocked. */
function standStill(): boolean {
  const until = performance.now() + STANDSTILL_MS;
  while (performance.now() < until);
  return true;
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'string' && message in ANSWERS;
}

// Worker threads load this too, and have nobody who asks.
if (process.channel) {
  process.on('message', async (message) => {
    if (isQuestion(message)) process.send?.(await ANSWERS[message]());
  });
  // Whoever may ask must not keep a gateway awake that has nothing else to do.
  process.channel.unref();
}
