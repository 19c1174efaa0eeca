import { FRAME_BYTES } from '../audio/mulaw.js';
import type { Breach, Rule } from './finding.js';
import type { StreamTrace } from './observation.js';
import { MESSAGES } from './sources.js';
import { type Said, saidOn, spellsOn } from './spoken.js';

const TAIL: Rule = {
  id: 'speech-goes-on-after-clear',
  severity: 'error',
  twilio: null,
  why: 'What is sent after a clear is played: the caller hears the interrupted utterance jump and go on. Stop its source before the clear is sent.',
  source: 'https://github.com/timbal-ai/timbal/pull/112',
};

const IGNORED_KEY = choice('key-does-not-interrupt');
const IGNORED_SPEECH = choice('speech-does-not-interrupt');

function choice(id: string): Rule {
  return {
    id,
    severity: 'note',
    twilio: null,
    why: "The server's choice. Where it is not meant so: stopping the agent is not enough, what Twilio has buffered plays on until a clear is sent.",
    source: `${MESSAGES}#send-a-clear-message`,
  };
}

/** A server that means to be interrupted has cleared by then; speech must first be told from noise. */
const KEY_WINDOW_MS = 1000;
const SPEECH_WINDOW_MS = 3000;

/**
 * A key or speech of the caller, and what waited to be played is not cleared. Only what had been sent by then counts: a server
 * that sends in time may fall silent, or answer, without a clear.
 */
export function checkInterruptions(trace: StreamTrace): Breach[] {
  return trace.seen.flatMap((each): Breach[] => {
    if (each.kind !== 'did' || (each.act !== 'key' && each.act !== 'speech')) return [];
    const { atMs, act } = each;
    const windowMs = act === 'key' ? KEY_WINDOW_MS : SPEECH_WINDOW_MS;
    if (speaksUntil(trace, atMs) < atMs + windowMs || isCutBetween(trace, atMs, atMs + windowMs)) return [];
    const what = act === 'key' ? 'a key came' : 'the caller began to speak';
    const seen = `The server was speaking when ${what}, and what it had sent by then was still heard ${windowMs} ms later`;
    return [{ rule: act === 'key' ? IGNORED_KEY : IGNORED_SPEECH, atMs, seen }];
  });
}

/** Until when it can be heard what had been sent by `atMs`; 0 when nothing is. */
function speaksUntil({ call, seen }: StreamTrace, atMs: number): number {
  const last = spellsOn({ call, seen: seen.filter((each) => each.atMs <= atMs) }).at(-1);
  return last && last.fromMs < atMs ? last.toMs : 0;
}

function isCutBetween(trace: StreamTrace, fromMs: number, toMs: number): boolean {
  const cuts = saidOn(trace).filter(({ message }) => message.event === 'clear');
  const ends = trace.seen.filter(({ kind }) => kind === 'ended');
  return [...cuts, ...ends].some(({ atMs }) => atMs > fromMs && atMs < toMs);
}

/** What comes so soon behind a clear can be compared with what a call without interruption heard. */
const TAIL_MS = 500;
const COMPARED_BYTES = 800;
const VARIED = 8;

export type TailVerdict =
  | { readonly decided: false }
  | { readonly decided: true; readonly breach: Breach | null };

/**
 * Whether the interrupted utterance goes on behind the first clear. `whole` is a call in which the same was said without
 * interruption. It counts only when both calls said the same up to the clear, the utterance had more to say there (no mark
 * stands at that place), and what came within 500 ms is found in `whole` at exactly that place and at no other.
 */
export function checkTail(whole: StreamTrace, interrupted: StreamTrace): TailVerdict {
  const said = saidOn(interrupted);
  const clear = said.findIndex(({ message }) => message.event === 'clear');
  const cleared = said[clear];
  const before = audioOf(said.slice(0, Math.max(clear, 0)));
  const reference = untilClear(saidOn(whole));
  const speech = audioOf(reference);
  const hasMore = speech.length >= before.length + FRAME_BYTES && !marksAt(reference).has(before.length);
  if (!cleared || before.length === 0 || !hasMore || !speech.subarray(0, before.length).equals(before))
    return { decided: false };
  if (!isUnique(speech, before.length)) return { decided: false };
  const soon = said.slice(clear + 1).filter(({ atMs }) => atMs - cleared.atMs <= TAIL_MS);
  const after = audioOf(soon).subarray(0, Math.min(COMPARED_BYTES, speech.length - before.length));
  const goesOn =
    after.length >= FRAME_BYTES && speech.subarray(before.length, before.length + after.length).equals(after);
  const seen = `${Math.round(after.length / 8)} ms or more of the interrupted utterance came behind its clear`;
  return { decided: true, breach: goesOn ? { rule: TAIL, atMs: cleared.atMs, seen } : null };
}

// A tone, silence or a voice that repeats itself fits at many places and proves nothing.
function isUnique(speech: Buffer, at: number): boolean {
  const piece = speech.subarray(at, at + FRAME_BYTES);
  return (
    new Set(piece).size >= VARIED && speech.indexOf(piece) === at && speech.indexOf(piece, at + 1) === -1
  );
}

function untilClear(said: readonly Said[]): Said[] {
  const clear = said.findIndex(({ message }) => message.event === 'clear');
  return said.slice(0, clear === -1 ? said.length : clear);
}

function audioOf(said: readonly Said[]): Buffer {
  return Buffer.concat(said.flatMap(({ message }) => (message.event === 'media' ? [message.audio] : [])));
}

/** After how many bytes of audio the marks stand. */
function marksAt(said: readonly Said[]): Set<number> {
  let bytes = 0;
  const places = new Set<number>();
  for (const { message } of said) {
    if (message.event === 'media') bytes += message.audio.length;
    if (message.event === 'mark') places.add(bytes);
  }
  return places;
}
