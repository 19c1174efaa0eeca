import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FRAME_BYTES, MULAW_LEVELS } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { recordedClips } from './voice-clips.js';

const WEBHOOKS_AT_ONCE = 20;
/** Between what two callers say; a caller speaks less than half of the time. */
const PAUSE_MS = 2000;
const SILENCE_MS = 20_000;
/** A frame that is quieter is a pause, between words or within one. */
const QUIETEST_DBFS = -40;

/** What callers sound like: people with pauses, people who never pause, or nobody. */
export type Sound = 'people' | 'talkers' | 'silence';

const Result = z.object({
  sent: z.number(),
  received: z.number(),
  late: z.number(),
  closed: z.number(),
  delay_us: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
  behind_us: z.object({ p99: z.number(), max: z.number() }),
});
export type LoadResult = z.infer<typeof Result>;

export interface Load {
  readonly calls: number;
  readonly warmSeconds: number;
  readonly seconds: number;
  /** `stamp`: the caller's audio carries its time, and what comes back tells its delay; `hear`: that of an agent does; `audio`: neither. */
  readonly caller: 'stamp' | 'hear' | 'audio';
  /** Default: people. */
  readonly sound?: Sound;
  /** Called at the beginning and at the end of the time that counts. */
  readonly look: () => void;
  /** The time that counts is over when this is aborted, or after `seconds`. */
  readonly over?: AbortSignal;
}

/** Twilio's side of many calls, in C: on a core of its own it is not what limits the server. */
export class MediaLoad {
  readonly #program: string;
  readonly #audio: Readonly<Record<Sound, string>>;

  private constructor(program: string, audio: Readonly<Record<Sound, string>>) {
    this.#program = program;
    this.#audio = audio;
  }

  /** Rejects when there is no C compiler. */
  static async build(): Promise<MediaLoad> {
    const folder = mkdtempSync(join(tmpdir(), 'bayline-bench-'));
    const program = join(folder, 'media-load');
    const file = (sound: Sound) => join(folder, `${sound}.ulaw`);
    const audio = { people: file('people'), talkers: file('talkers'), silence: file('silence') };
    const { status, stderr } = spawnSync('cc', ['-O2', '-o', program, sourceFile()], { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`This benchmark needs a C compiler, \`cc\` (Debian: gcc, libc6-dev). ${stderr ?? ''}`);
    const people = await callersAudio();
    writeFileSync(audio.people, people);
    writeFileSync(audio.talkers, withoutPauses(people));
    writeFileSync(audio.silence, Buffer.alloc(SILENCE_MS * 8, 0xff));
    return new MediaLoad(program, audio);
  }

  /** `paths`: where each call's stream is; rejects when one is refused. */
  async run(
    url: string,
    streams: readonly Stream[],
    { warmSeconds, seconds, caller, sound = 'people', look, over }: Load,
  ): Promise<LoadResult> {
    const times = [String(warmSeconds), String(seconds)];
    const child = spawn(this.#program, [new URL(url).port, caller, ...times, this.#audio[sound]], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    over?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.stdin.end(
      streams.map(({ path, streamSid, callSid }) => `${path} ${streamSid} ${callSid}\n`).join(''),
    );
    let result: LoadResult | null = null;
    for await (const line of createInterface(child.stdout)) {
      if (line === 'measuring' || line === 'measured') look();
      else result = Result.parse(JSON.parse(line));
    }
    if (!result) throw new Error('The load generator gave up; see above.');
    return result;
  }
}

export interface Stream {
  readonly path: string;
  readonly streamSid: string;
  readonly callSid: string;
}

/** Streams as a gateway offers them to calls that come in. */
export async function offeredStreams(url: string, calls: number): Promise<Stream[]> {
  const streams: Stream[] = [];
  while (streams.length < calls) {
    const some = Math.min(WEBHOOKS_AT_ONCE, calls - streams.length);
    const from = streams.length;
    streams.push(...(await Promise.all(Array.from({ length: some }, (_, n) => offered(url, from + n)))));
  }
  return streams;
}

/** Streams of a server that takes any. */
export function plainStreams(calls: number): Stream[] {
  return Array.from({ length: calls }, () => ({ path: '/', streamSid: sid('MZ'), callSid: sid('CA') }));
}

async function offered(url: string, n: number): Promise<Stream> {
  const callSid = sid('CA');
  const caller = { From: `+1512555${String(n).padStart(4, '0')}`, To: '+15125550100', CallStatus: 'ringing' };
  const body = new URLSearchParams({
    CallSid: callSid,
    AccountSid: sid('AC'),
    Direction: 'inbound',
    ...caller,
  });
  const response = await fetch(`${url}/twilio/voice`, { method: 'POST', body });
  const path = /<Stream url="wss?:\/\/[^/"]+([^"]+)"/.exec(await response.text())?.[1];
  if (path === undefined) throw new Error(`The gateway offered call ${n} no stream.`);
  return { path, streamSid: sid('MZ'), callSid };
}

function sid(kind: string): string {
  return `${kind}${randomBytes(16).toString('hex')}`;
}

async function callersAudio(): Promise<Buffer> {
  const pause = Buffer.alloc(PAUSE_MS * 8, 0xff);
  const clips = await recordedClips();
  const spoken = clips.map(({ samples }) => encode(Int16Array.from(samples, (sample) => sample * 32767)));
  return Buffer.concat(spoken.flatMap((clip) => [clip, pause]));
}

function withoutPauses(audio: Buffer): Buffer {
  const frames = Array.from({ length: Math.floor(audio.length / FRAME_BYTES) }, (_, n) =>
    audio.subarray(n * FRAME_BYTES, (n + 1) * FRAME_BYTES),
  );
  return Buffer.concat(frames.filter((frame) => levelDbfs(frame) > QUIETEST_DBFS));
}

function levelDbfs(frame: Buffer): number {
  const power = frame.reduce((sum, byte) => sum + (MULAW_LEVELS[byte] ?? 0) ** 2, 0) / frame.length;
  return 10 * Math.log10(power);
}

// The source stands beside this file's own source, wherever that was compiled to.
function sourceFile(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return join(here.replace(/build[/\\]lab[/\\]bench[/\\]$/, 'lab/bench/'), 'media-load.c');
}
