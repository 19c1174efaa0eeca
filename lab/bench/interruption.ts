import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import type { BenchRow, BenchTopic } from '../bench-topic.js';
import { add, atLevel, type Samples, samplesFor } from './noise-samples.js';
import { type Clip, fixtureSamples, recordedClips } from './voice-clips.js';
import { lineNoise } from './voice-scene.js';

const ROUNDS = 3;
const KEYS_A_CALL = 4;
const SNR_DB = 15;
/** The line is heard that long before the clip. */
const BEFORE_SECONDS = 2;
const NORMAL_DBFS = -20;
const SOFT_DBFS = NORMAL_DBFS - 12;
/** So much later than its onset a clear is no answer to the clip. */
const MISSED_MS = 2000;
/** What is cleared that much before the onset is something else; onsets are good to 25 ms. */
const EARLY_MS = 30;

interface Line {
  readonly name: string;
  /** The active level of the caller. */
  readonly levelDbfs: number;
  readonly noisy: boolean;
}

const LINES: readonly Line[] = [
  { name: 'quiet line', levelDbfs: NORMAL_DBFS, noisy: false },
  { name: 'quiet line, caller 12 dB softer', levelDbfs: SOFT_DBFS, noisy: false },
  { name: 'shop noise 15 dB below', levelDbfs: NORMAL_DBFS, noisy: true },
  { name: 'shop noise 15 dB below, caller 12 dB softer', levelDbfs: SOFT_DBFS, noisy: true },
];

export const topic: BenchTopic = {
  title:
    'Interruptions over the wire: 16 calls at once to a gateway in its own process, each over its greeting; from the onset of speech, or the key, to the clear',
  async run() {
    const gateway = await GatewayProcess.start();
    const twilio = new TwilioSimulator({ gatewayUrl: gateway.url });
    try {
      const scenes = await makeScenes();
      const spoken: Interruption[] = [];
      for (let round = 0; round < ROUNDS; round++)
        spoken.push(...(await Promise.all(scenes.map((scene) => interruptBySpeech(twilio, scene)))));
      const pressed = await Promise.all(scenes.map(() => interruptByKeys(twilio)));
      return [...LINES.map((line) => speechRow(line, spoken)), keyRow(pressed.flat())];
    } finally {
      await twilio.close();
      await gateway.stop();
    }
  },
};

interface Scene {
  readonly line: Line;
  readonly audio: Buffer;
  readonly onsetMs: number;
}

interface Interruption {
  readonly line: Line;
  /** Null: none came. */
  readonly tookMs: number | null;
}

async function makeScenes(): Promise<Scene[]> {
  const [clips, shop] = await Promise.all([recordedClips(), fixtureSamples('nz_b_shop_rumble.wav')]);
  return LINES.flatMap((line) => clips.map((clip) => sceneOf(line, clip, shop)));
}

function sceneOf(line: Line, { samples, onsetMs }: Clip, shop: Samples): Scene {
  const caller = lineNoise(BEFORE_SECONDS + samples.length / 8000, Math.round(onsetMs));
  add(caller, atLevel(samples, line.levelDbfs), samplesFor(BEFORE_SECONDS));
  if (line.noisy) add(caller, atLevel(shop.slice(0, caller.length), line.levelDbfs - SNR_DB), 0);
  const pcm = Int16Array.from(caller, (sample) => Math.max(-32768, Math.min(32767, sample * 32768)));
  return { line, audio: encode(pcm), onsetMs: onsetMs + BEFORE_SECONDS * 1000 };
}

async function interruptBySpeech(twilio: TwilioSimulator, { line, audio, onsetMs }: Scene) {
  const call = twilio.call();
  await call.untilState('streaming');
  call.setVoice(audio);
  await call.untilVoiceSent();
  await pause(200);
  const record = await call.hangUp();
  const onsetAt = whereIs(audio, onsetMs, record.callerAudio());
  const clear = record.clears.find(({ at }) => at < onsetAt + MISSED_MS);
  return { line, tookMs: clear ? clear.at - onsetAt : null };
}

/** When the onset was sent, by the call's clock: the frame with the onset is looked for in what the caller said. */
function whereIs(audio: Buffer, onsetMs: number, said: Buffer): number {
  const from = Math.floor(onsetMs / 20) * 160;
  const index = said.indexOf(audio.subarray(from, from + 160));
  if (index < 0) throw new Error('The frame with the onset was never sent.');
  return index / 8 + onsetMs - from / 8;
}

async function interruptByKeys(twilio: TwilioSimulator): Promise<number[]> {
  const call = twilio.call();
  const took: number[] = [];
  for (let key = 0; key < KEYS_A_CALL; key++) {
    await call.untilSpeaking();
    await pause(300 + Math.random() * 300);
    took.push(await pressAndWait(call, key + 1));
  }
  await call.hangUp();
  return took;
}

async function pressAndWait(call: TwilioCall, clears: number): Promise<number> {
  call.press('*');
  const pressedAt = call.record.of('key').at(-1)?.at ?? Number.NaN;
  await call.untilEvent('a clear', () => call.record.clears.length >= clears);
  return (call.record.clears.at(-1)?.at ?? Number.NaN) - pressedAt;
}

function speechRow(line: Line, all: readonly Interruption[]): BenchRow {
  const own = all.filter((one) => one.line === line);
  const found = own.flatMap(({ tookMs }) => tookMs ?? []).sort((a, b) => a - b);
  const early = found.filter((ms) => ms < -EARLY_MS).length;
  const missed = own.length - found.length;
  const timed = line.levelDbfs === NORMAL_DBFS;
  const [median, worst] = [middle(found), found.at(-1) ?? Number.NaN];
  return {
    figure: `speech, ${line.name}`,
    measured: `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms, missed ${missed}, early ${early} of ${own.length}`,
    reference: `first ${found[0]?.toFixed(0)} ms`,
    target: timed ? 'median 150 ms, worst 300 ms, none missed or early' : 'none missed or early',
    met: missed + early === 0 && (!timed || (median <= 150 && worst <= 300)),
  };
}

function keyRow(took: readonly number[]): BenchRow {
  const sorted = [...took].sort((a, b) => a - b);
  const worst = sorted.at(-1) ?? Number.NaN;
  return {
    figure: 'a key',
    measured: `median ${middle(sorted).toFixed(1)} ms, worst ${worst.toFixed(1)} ms of ${took.length}`,
    reference: 'one frame: 20 ms',
    target: 'within a frame',
    met: worst <= 20,
  };
}

function middle(sorted: readonly number[]): number {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
