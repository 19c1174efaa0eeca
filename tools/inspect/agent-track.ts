import { BYTES_PER_MS } from '../../src/audio/mulaw.js';
import { endOf, type PlacedAudio } from './placed-audio.js';
import type { StreamEvent } from './stream-events.js';

/** A mark on its way: sent, due when all audio before it has sounded, back. */
export interface PlacedMark {
  readonly name: string;
  readonly sentMs: number;
  readonly dueMs: number;
  /** Null: it never came back. */
  readonly backMs: number | null;
  /** What it stood behind was cleared: its coming back says nothing. */
  readonly cleared: boolean;
}

/** Words where they sound, as far as it is known. `utterance`: those of one have one number. */
export interface PlacedWords {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
  readonly utterance: number;
}

/** The agent's audio as Twilio plays it, if nothing was lost on the way. */
export interface AgentTrack {
  readonly pieces: readonly PlacedAudio[];
  readonly said: readonly PlacedWords[];
  readonly marks: readonly PlacedMark[];
  readonly clears: readonly number[];
  /** Where audio began to sound after silence. */
  readonly onsets: readonly number[];
}

/** What is sent sounds at once when nothing is left to play, else behind it; a `clear` or the stream's end ends what sounds and drops what waits. */
export function agentTrack(events: readonly StreamEvent[]): AgentTrack {
  const player = new Player();
  for (const event of events) {
    if (event.kind === 'note' && event.note.note === 'words') player.words(event.note.text, event.note.bytes);
    else if (event.kind === 'said') player.play(event.audio, event.atMs);
    else if (event.kind === 'mark') player.mark(event.name, event.atMs);
    else if (event.kind === 'clear') player.clear(event.atMs);
    else if (event.kind === 'mark-back') player.markBack(event.name, event.atMs);
    else if (event.kind === 'end') player.end(event.atMs);
  }
  return player;
}

class Player implements AgentTrack {
  pieces: PlacedAudio[] = [];
  said: PlacedWords[] = [];
  readonly marks: PlacedMark[] = [];
  readonly clears: number[] = [];
  readonly onsets: number[] = [];
  #dryAt = 0;
  #silent = true;
  /** They begin in the audio that comes next. */
  #next: { readonly text: string; readonly bytes: number }[] = [];
  #utterance = 0;

  words(text: string, bytes: number): void {
    this.#next.push({ text, bytes });
  }

  play(audio: Buffer, now: number): void {
    const piece = { fromMs: Math.max(this.#dryAt, now), audio };
    if (this.#silent || this.#dryAt < now) this.onsets.push(now);
    this.#silent = false;
    this.pieces.push(piece);
    this.#dryAt = endOf(piece);
    const { fromMs } = piece;
    const utterance = this.#utterance;
    for (const { text, bytes } of this.#next)
      this.said.push({ text, fromMs, toMs: fromMs + bytes / BYTES_PER_MS, utterance });
    this.#next = [];
  }

  mark(name: string, now: number): void {
    this.#utterance += 1;
    const dueMs = Math.max(this.#dryAt, now);
    this.marks.push({ name, sentMs: now, dueMs, backMs: null, cleared: false });
  }

  clear(now: number): void {
    this.clears.push(now);
    this.#utterance += 1;
    this.said = this.said.filter(({ fromMs }) => fromMs < now);
    this.#silent = true;
    this.end(now);
    this.#dryAt = Math.min(this.#dryAt, now);
    this.marks.forEach((mark, index) => {
      if (mark.backMs === null && mark.dueMs > now)
        this.marks[index] = { ...mark, dueMs: now, cleared: true };
    });
  }

  end(now: number): void {
    this.pieces = this.pieces.flatMap((piece) => cut(piece, now));
  }

  markBack(name: string, now: number): void {
    const index = this.marks.findIndex((mark) => mark.name === name && mark.backMs === null);
    const mark = this.marks[index];
    if (mark) this.marks[index] = { ...mark, backMs: now };
  }
}

function cut(piece: PlacedAudio, now: number): PlacedAudio[] {
  if (endOf(piece) <= now) return [piece];
  const heard = Math.round((now - piece.fromMs) * BYTES_PER_MS);
  return heard > 0 ? [{ ...piece, audio: piece.audio.subarray(0, heard) }] : [];
}
