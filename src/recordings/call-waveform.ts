import { setImmediate as nextTurn } from 'node:timers/promises';
import { BYTES_PER_MS, FRAME_BYTES, MULAW_LEVELS } from '../audio/mulaw.js';
import { isJsonObject, parsedJson } from '../core/json.js';
import { isOutboundTrack, wholeNumber } from '../twilio/messages.js';
import type { BrowserRecordings } from './browser-recordings.js';
import type { RecordingFolder } from './recording-folder.js';

/** How loud both sides of a call were, step by step. A level is a whole number: 0 is silence (-60 dB and less), 100 as loud as mu-law gets. */
interface CallWaveform {
  /** When the first stream was accepted, ISO 8601. */
  readonly began_at: string;
  readonly duration_ms: number;
  /** How long a step is: the longer the call, the longer. */
  readonly step_ms: number;
  readonly caller: readonly number[];
  /** As the caller heard it: what an interruption cut is not in it. */
  readonly agent: readonly number[];
  /** When the caller pressed a key, in ms after `began_at`; which key is not told. */
  readonly keys_ms: readonly number[];
  /** When the agent was cut off, likewise. */
  readonly cuts_ms: readonly number[];
}

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** A picture has no more columns; a call that is longer gets longer steps. */
const MOST_STEPS = 1200;
const FIRST_STEP_MS = 40;
/** Keys and cuts that are told of. */
const MOST_MARKS = 500;
/** Nothing is longer: a time behind it is a fault in the file. */
const LONGEST_MS = 24 * 3_600_000;
/** Twilio's clock and ours, of one frame. */
const CLOCKS_APART_MS = 2_000;
const QUIETEST_DB = 60;
/** So many characters are read in one turn of the event loop. */
const SLICE = 64 * 1024;

/**
 * The waveform of a call from the text of its recording, its streams one behind the other, in pieces of any length. Null when no stream is in
 * it. Lines that are no JSON are passed over. Rejects when the text does.
 */
export async function waveformOf(text: AsyncIterable<string>): Promise<CallWaveform | null> {
  const drawing = new Drawing();
  let rest = '';
  for await (const piece of text) {
    for (let from = 0; from < piece.length; from += SLICE) {
      const lines = (rest + piece.slice(from, from + SLICE)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) drawing.read(line);
      await nextTurn();
    }
  }
  drawing.read(rest);
  return drawing.finish();
}

/** The waveform of a call; null when there is no recording of it here. Rejects when one cannot be read. */
export type CallWaveforms = (callSid: string) => Promise<CallWaveform | null>;

/** The waveforms of finished calls whose recording this gateway has: those of the browser phone in memory, any in the folder of `RECORD_DIR`. */
export function callWaveforms(
  browser: Pick<BrowserRecordings, 'textOf'>,
  folder: Pick<RecordingFolder, 'textOf'> | null,
): CallWaveforms {
  async function* textOf(callSid: string): AsyncGenerator<string, void, void> {
    const kept = await browser.textOf(callSid);
    if (kept !== null) yield kept;
    else if (folder) yield* folder.textOf(callSid);
  }
  // One is drawn at a time: half an hour of a call is a second of CPU.
  let latest: Promise<unknown> = Promise.resolve();
  return (callSid) => {
    const drawn = latest.then(() => waveformOf(textOf(callSid)));
    latest = drawn.catch(() => undefined);
    return drawn;
  };
}

type Side = 'caller' | 'agent';

/** A waveform while the lines of its recording are read. */
class Drawing {
  readonly #levels: Record<Side, number[]> = { caller: [], agent: [] };
  readonly #keys: number[] = [];
  readonly #cuts: number[] = [];
  #stepMs = FIRST_STEP_MS;
  /** When the first stream was accepted; null before its header. */
  #began: number | null = null;
  /** Where the stream that is read begins, and where its audio does, in ms after the first. */
  #streamAt = 0;
  #audioAt = 0;
  /** What was sent is heard until then. */
  #saidUntil = 0;
  #end = 0;

  read(line: string): void {
    const fields = parsedJson(line);
    if (!isJsonObject(fields)) return;
    if (fields.format === 'bayline-stream') this.#begin(Date.parse(String(fields.recorded_at)));
    if (this.#began === null || typeof fields.t !== 'number' || 'row' in fields) return;
    const at = this.#streamAt + fields.t;
    if (at > LONGEST_MS) return;
    this.#end = Math.max(this.#end, at);
    if (isJsonObject(fields.in)) this.#received(fields.in, at);
    if (isJsonObject(fields.out)) this.#sent(fields.out, at);
  }

  finish(): CallWaveform | null {
    if (this.#began === null) return null;
    while (this.#end > MOST_STEPS * this.#stepMs) this.#widen();
    const steps = Math.ceil(this.#end / this.#stepMs);
    const whole = (side: Side) =>
      Array.from({ length: steps }, (_, step) => Math.round(this.#levels[side][step] ?? 0));
    return {
      began_at: new Date(this.#began).toISOString(),
      duration_ms: Math.round(this.#end),
      step_ms: this.#stepMs,
      caller: whole('caller'),
      agent: whole('agent'),
      keys_ms: this.#keys,
      cuts_ms: this.#cuts,
    };
  }

  #begin(recordedAt: number): void {
    if (Number.isNaN(recordedAt)) return;
    this.#began ??= recordedAt;
    // Behind what was heard of the stream before, should the clock have been set back.
    this.#streamAt = Math.max(this.#end, recordedAt - this.#began);
    this.#audioAt = this.#streamAt;
    this.#saidUntil = this.#streamAt;
  }

  #received(message: Record<string, unknown>, at: number): void {
    if (message.event === 'start') this.#audioAt = at;
    if (message.event === 'dtmf') mark(this.#keys, at);
    const { media } = message;
    if (!isJsonObject(media) || isOutboundTrack(media.track)) return;
    const stamp = wholeNumber(media.timestamp);
    const spokenAt = stamp === null ? at : this.#audioAt + stamp;
    this.#put('caller', Math.abs(spokenAt - at) > CLOCKS_APART_MS ? at : spokenAt, media.payload);
  }

  #sent(message: Record<string, unknown>, at: number): void {
    if (message.event === 'clear') {
      mark(this.#cuts, at);
      this.#saidUntil = at;
      this.#levels.agent.length = Math.min(this.#levels.agent.length, Math.ceil(at / this.#stepMs));
    }
    if (!isJsonObject(message.media)) return;
    const from = Math.max(at, this.#saidUntil);
    this.#saidUntil = from + this.#put('agent', from, message.media.payload);
  }

  /** How long the audio is, in ms. */
  #put(side: Side, from: number, payload: unknown): number {
    if (typeof payload !== 'string') return 0;
    const audio = Buffer.from(payload, 'base64');
    for (let start = 0; start < audio.length; start += FRAME_BYTES) {
      const at = from + (start / FRAME_BYTES) * FRAME_MS;
      if (at > LONGEST_MS) break;
      this.#level(side, at, levelOf(audio.subarray(start, start + FRAME_BYTES)));
    }
    return audio.length / BYTES_PER_MS;
  }

  #level(side: Side, at: number, level: number): void {
    while (at >= MOST_STEPS * this.#stepMs) this.#widen();
    const levels = this.#levels[side];
    const step = Math.floor(at / this.#stepMs);
    while (levels.length < step) levels.push(0);
    levels[step] = Math.max(levels[step] ?? 0, level);
  }

  /** Two steps become one. */
  #widen(): void {
    this.#stepMs *= 2;
    for (const side of ['caller', 'agent'] as const) {
      const levels = this.#levels[side];
      this.#levels[side] = Array.from({ length: Math.ceil(levels.length / 2) }, (_, step) =>
        Math.max(levels[2 * step] ?? 0, levels[2 * step + 1] ?? 0),
      );
    }
  }
}

function mark(marks: number[], at: number): void {
  if (marks.length < MOST_MARKS) marks.push(Math.round(at));
}

function levelOf(frame: Uint8Array): number {
  let power = 0;
  for (const byte of frame) power += (MULAW_LEVELS[byte] ?? 0) ** 2;
  const decibels = 10 * Math.log10(power / frame.length);
  return Math.max(0, Math.min(100, (100 * (decibels + QUIETEST_DB)) / QUIETEST_DB));
}
