import { FRAME_MS } from '../../packages/twilio-simulator/src/stream-message.js';
import { isJsonObject } from '../../src/core/json.js';
import { isOutboundTrack, wholeNumber } from '../../src/twilio/messages.js';
import { RepeatedKeys } from '../../src/twilio/repeated-keys.js';
import type { RecordedLine, Recording } from '../recording/recording.js';
import { audioOf, type SaidUtterance, saidUtterances } from '../recording/said-utterances.js';

/** Something of the agent's that the caller acted upon: an utterance (counted from 0) began, or was played to its end. */
export interface Cue {
  readonly utterance: number;
  readonly what: 'begun' | 'played';
}

/** One thing that Twilio did on a recorded stream. */
export interface ScriptItem {
  /** Milliseconds since the stream was accepted. */
  readonly atMs: number;
  readonly does: 'send' | 'frame' | 'lose' | 'next-stream' | 'release';
  /** The message; empty where none is sent. */
  readonly text: string;
  /** What it followed, and after how long; null: it comes in its time after what came before it. */
  readonly cue: (Cue & { readonly afterMs: number }) | null;
}

/** What Twilio does on one stream, as it did when it was recorded. */
export interface CallerScript {
  readonly items: readonly ScriptItem[];
  /** Milliseconds from the end of an utterance's audio to its mark, by the mark's name; null: it never came back. */
  readonly markLags: ReadonlyMap<string, number | null>;
  /** Frames come also while the caller is silent. */
  readonly sendsSilence: boolean;
  /** How long Twilio took to answer when the gateway closed the stream, in ms. What the shop answers meanwhile belongs to the stream. */
  readonly closingMs: number;
}

/** The caller's sound begins a little before it can be told for speech. */
const ONSET_MS = 200;
/** A mark that is so late when the stream ends has not come back at all. */
const LOST_MS = 500;
/** The states of a call that its agent leaves. */
const LEAVING: ReadonlySet<string> = new Set(['completed', 'transferring']);
/** The gateway waits so long for the last mark; nobody takes so long to answer a close. */
const LAST_MARK_MS = 2000;
/** What was noted on a real clock just before the end is noted again before the end. */
const ROUNDING_MS = 5;

/** How a stream stands to the rest of its call. */
export interface StreamPlace {
  /** When the call's next stream came while this one was open; null: it did not. */
  readonly nextStreamAtMs: number | null;
  /** The gateway closed the stream although the call went on: it was stopped itself. */
  readonly released: boolean;
}

export function callerScript(
  { header, lines }: Recording,
  { nextStreamAtMs, released }: StreamPlace,
): CallerScript {
  const utterances = saidUtterances(lines);
  const onsets = speechOnsets(lines);
  const own = new Set(utterances.map(({ mark }) => mark));
  const isHeard = heardLines();
  const items = lines.flatMap((line, index) => {
    const item = isHeard(line) ? itemOf(line, own) : null;
    return item ? [{ item, line: index }] : [];
  });
  const last = lines.length;
  if (nextStreamAtMs !== null) items.push({ item: plainItem(nextStreamAtMs, 'next-stream'), line: last });
  const end = lines.find((line) => 'end' in line);
  if (end && released) items.push({ item: plainItem(end.t, 'release'), line: last });
  if (!end) items.push({ item: plainItem(lines.at(-1)?.t ?? 0, 'lose'), line: last });
  items.sort((a, b) => a.item.atMs - b.item.atMs);
  return {
    items: cued(items, cuesOf(utterances), onsets),
    markLags: new Map(utterances.flatMap((utterance) => markLag(utterance, lines))),
    sendsSilence: sendsSilence(items.map(({ item }) => item)),
    closingMs: closingMs(lines, header.clock === 'virtual'),
  };
}

/**
 * An agent that leaves closes its stream with the last thing that the session notes. Where that came too long before the end, the end came by a timer: after
 * a mark that was lost.
 */
function closingMs(lines: readonly RecordedLine[], isExact: boolean): number {
  const end = lines.find((line) => 'end' in line);
  const last = lines.findLast((line) => 'note' in line && line.note === 'session');
  if (end?.end !== 'closed' || !last || !LEAVING.has(last.state)) return 0;
  const tookMs = Math.round(end.t - last.t);
  if (tookMs <= 0 || tookMs >= LAST_MARK_MS) return 0;
  return isExact ? tookMs : tookMs + ROUNDING_MS;
}

function plainItem(atMs: number, does: ScriptItem['does'], text = ''): ScriptItem {
  return { atMs, does, text, cue: null };
}

/** Tells the lines that a gateway acts upon: not what the caller hears, sent back, and no key that came again. Those are no act of the caller. */
function heardLines(): (line: RecordedLine) => boolean {
  const repeatedKeys = new RepeatedKeys();
  return (line) => {
    if (!('in' in line)) return true;
    const { event, sequenceNumber, media, dtmf } = line.in;
    if (event === 'media') return !isJsonObject(media) || !isOutboundTrack(media.track);
    if (event !== 'dtmf' || !isJsonObject(dtmf)) return true;
    const key = { sequence: wholeNumber(sequenceNumber), digit: String(dtmf.digit) };
    return !isOutboundTrack(dtmf.track) && !repeatedKeys.has(key);
  };
}

// Marks go back when their audio has been played, whatever the recording says.
function itemOf(line: RecordedLine, ownMarks: ReadonlySet<string | null>): ScriptItem | null {
  if ('in_text' in line) return plainItem(line.t, 'send', line.in_text);
  if ('end' in line) return line.end === 'lost' ? plainItem(line.t, 'lose') : null;
  if (!('in' in line)) return null;
  const { event, mark } = line.in;
  const name =
    event === 'mark' && typeof mark === 'object' && mark !== null && 'name' in mark ? mark.name : null;
  if (typeof name === 'string' && ownMarks.has(name)) return null;
  return plainItem(line.t, event === 'media' ? 'frame' : 'send', JSON.stringify(line.in));
}

/** Media times at which speech was found to have begun. */
function speechOnsets(lines: readonly RecordedLine[]): number[] {
  return lines.flatMap((line) =>
    'note' in line && line.note === 'speech' && line.what === 'accepted' ? [line.at_ms - ONSET_MS] : [],
  );
}

type TimedCue = Cue & { readonly atMs: number; readonly line: number };

interface PlacedItem {
  readonly item: ScriptItem;
  /** Where it stands in the recording. */
  readonly line: number;
}

function cuesOf(utterances: readonly SaidUtterance[]): TimedCue[] {
  const cues = utterances.flatMap(({ atMs, line, playedAtMs, playedLine }, utterance): TimedCue[] => [
    { utterance, what: 'begun', atMs, line },
    ...(playedAtMs === null || playedLine === null
      ? []
      : [{ utterance, what: 'played' as const, atMs: playedAtMs, line: playedLine }]),
  ]);
  return cues.sort((a, b) => a.line - b.line);
}

/** Keys, speech and the end of a stream are bound to what the caller heard last, if that came since the caller's last act. */
function cued(items: readonly PlacedItem[], cues: readonly TimedCue[], onsets: number[]): ScriptItem[] {
  let lastAct = -1;
  return items.map(({ item, line }) => {
    if (!isAct(item, onsets)) return item;
    const cue = cues.findLast((each) => each.line < line && each.atMs <= item.atMs);
    const since = lastAct;
    lastAct = line;
    if (!cue || cue.line < since) return item;
    const { utterance, what, atMs } = cue;
    return { ...item, cue: { utterance, what, afterMs: item.atMs - atMs } };
  });
}

function isAct({ does, text }: ScriptItem, onsets: number[]): boolean {
  if (does === 'send') return !/"event":"(connected|start)"/.test(text);
  if (does !== 'frame') return true;
  const [onset] = onsets;
  if (onset === undefined || timestampOf(text) < onset) return false;
  onsets.shift();
  return true;
}

function markLag(utterance: SaidUtterance, lines: readonly RecordedLine[]): [string, number | null][] {
  const { mark, ended, playedAtMs } = utterance;
  if (mark === null || ended === 'cleared') return [];
  const dueMs = drainedAt(lines, mark);
  const endMs = lines.at(-1)?.t ?? 0;
  if (playedAtMs === null) return endMs - dueMs > LOST_MS ? [[mark, null]] : [];
  return [[mark, Math.max(0, Math.round(playedAtMs - dueMs))]];
}

/** When all audio before a mark has been played. */
function drainedAt(lines: readonly RecordedLine[], name: string): number {
  let dryAt = 0;
  for (const line of lines) {
    if (!('out' in line)) continue;
    const audio = audioOf(line.out);
    const bytes = typeof audio === 'number' ? audio : (audio?.length ?? 0);
    if (audio !== null) dryAt = Math.max(dryAt, line.t) + bytes / 8;
    else if (line.out.event === 'clear') dryAt = Math.min(dryAt, line.t);
    else if (JSON.stringify(line.out.mark) === JSON.stringify({ name })) return Math.max(dryAt, line.t);
  }
  return dryAt;
}

function sendsSilence(items: readonly ScriptItem[]): boolean {
  const times = items.flatMap(({ does, atMs }) => (does === 'frame' ? [atMs] : []));
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return times.length * FRAME_MS > spanMs * 0.8;
}

/** The media time of a frame; 0 for any other message. */
export function timestampOf(text: string): number {
  return Number(/"timestamp":"?(\d+)/.exec(text)?.[1] ?? 0);
}
