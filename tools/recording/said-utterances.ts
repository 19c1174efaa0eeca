import { createHash } from 'node:crypto';
import { BYTES_PER_MS } from '../../src/audio/mulaw.js';
import type { RecordedLine } from './recording.js';

/** One utterance of the agent as it went out. */
export interface SaidUtterance {
  /** When its first audio went out, in ms since the stream was accepted. */
  readonly atMs: number;
  /** What was said, as far as it began to be; empty where no words are known. */
  readonly text: string;
  readonly bytes: number;
  /** A print for each 100 ms of its audio, one behind the other. */
  readonly prints: string;
  readonly mark: string | null;
  /** Played to its end; cleared; or neither by the end of the stream. */
  readonly ended: 'played' | 'cleared' | 'open';
  /** When its mark came back played. */
  readonly playedAtMs: number | null;
  /** The lines of its first audio and of that mark, counted from 0: what came first when both have one time. */
  readonly line: number;
  readonly playedLine: number | null;
}

const BLOCK_BYTES = 100 * BYTES_PER_MS;
/** Hexadecimal digits of one print. */
export const PRINT_LENGTH = 4;

/** The utterances of a stream, in order: audio up to a mark or a clear. */
export function saidUtterances(lines: readonly RecordedLine[]): SaidUtterance[] {
  const utterances: Draft[] = [];
  const words: string[] = [];
  const kept = new Map<number, string>();
  for (const [index, line] of lines.entries()) {
    const open = utterances.findLast(({ closed }) => !closed);
    if ('note' in line && line.note === 'words') words.push(line.text);
    else if ('prints' in line) kept.set(line.utterance, line.prints);
    else if ('in' in line) markBack(utterances, line.in, line.t, index);
    else if ('out' in line) said(utterances, open ?? new Draft(line.t, index), line.out, words);
  }
  for (const [index, prints] of kept) utterances[index]?.useKept(prints);
  return utterances;
}

class Draft implements SaidUtterance {
  readonly atMs: number;
  bytes = 0;
  mark: string | null = null;
  ended: 'played' | 'cleared' | 'open' = 'open';
  playedAtMs: number | null = null;
  readonly line: number;
  playedLine: number | null = null;
  closed = false;
  readonly #words: string[] = [];
  readonly #audio: Buffer[] = [];
  #kept: string | null = null;

  constructor(atMs: number, line: number) {
    this.atMs = atMs;
    this.line = line;
  }

  get text(): string {
    return this.#words.join(' ');
  }

  get prints(): string {
    return this.#kept ?? printsOf(Buffer.concat(this.#audio));
  }

  add(audio: Buffer | number, words: string[]): void {
    this.#words.push(...words.splice(0));
    this.bytes += typeof audio === 'number' ? audio : audio.length;
    if (typeof audio !== 'number') this.#audio.push(audio);
  }

  useKept(prints: string): void {
    this.#kept ??= prints;
  }
}

function said(
  utterances: Draft[],
  utterance: Draft,
  message: Readonly<Record<string, unknown>>,
  words: string[],
): void {
  const audio = audioOf(message);
  if (audio !== null) {
    if (!utterances.includes(utterance)) utterances.push(utterance);
    utterance.add(audio, words);
  } else if (message.event === 'mark') {
    utterance.closed = true;
    utterance.mark = nameOf(message);
  } else if (message.event === 'clear') {
    for (const each of utterances)
      if (each.ended === 'open') Object.assign(each, { ended: 'cleared', closed: true });
  }
}

function markBack(
  utterances: readonly Draft[],
  message: Readonly<Record<string, unknown>>,
  atMs: number,
  line: number,
): void {
  const name = nameOf(message);
  const utterance = name === null ? undefined : utterances.find(({ mark }) => mark === name);
  if (utterance?.ended === 'open')
    Object.assign(utterance, { ended: 'played', playedAtMs: atMs, playedLine: line });
}

/** The audio of a message, its length where only that was kept; null when there is none. */
export function audioOf({ event, media }: Readonly<Record<string, unknown>>): Buffer | number | null {
  if (event !== 'media' || typeof media !== 'object' || media === null) return null;
  if ('payload' in media && typeof media.payload === 'string') return Buffer.from(media.payload, 'base64');
  return 'bytes' in media && typeof media.bytes === 'number' ? media.bytes : null;
}

function nameOf({ event, mark }: Readonly<Record<string, unknown>>): string | null {
  const named = event === 'mark' && typeof mark === 'object' && mark !== null && 'name' in mark;
  return named && typeof mark.name === 'string' ? mark.name : null;
}

function printsOf(audio: Buffer): string {
  let prints = '';
  for (let from = 0; from < audio.length; from += BLOCK_BYTES) {
    const block = audio.subarray(from, from + BLOCK_BYTES);
    prints += createHash('sha256').update(block).digest('hex').slice(0, PRINT_LENGTH);
  }
  return prints;
}
