import { FRAME_BYTES } from '../audio/mulaw.js';
import { containerOf, isMp3 } from '../audio-container.js';
import { unlikelyMuLaw } from './audio-likeness.js';
import type { Breach, Rule } from './finding.js';
import type { StreamTrace } from './observation.js';
import { errorPage, MESSAGES } from './sources.js';
import { longestQueue, type Said, saidOn } from './spoken.js';

const CONTAINER: Rule = {
  id: 'audio-with-header',
  severity: 'error',
  twilio: 31924,
  why: 'The payload is raw mu-law; the bytes of a file header, or of a whole compressed file, are heard as noise.',
  source: MESSAGES,
};

const NOT_MULAW: Rule = {
  id: 'audio-likely-not-mulaw',
  severity: 'note',
  twilio: null,
  why: 'This is a guess by statistics. Another coding is heard as hiss or screech; Twilio plays 8-bit mu-law at 8000 Hz and nothing else.',
  source: MESSAGES,
};

const UNALIGNED: Rule = {
  id: 'audio-unaligned',
  severity: 'warning',
  twilio: null,
  why: 'Twilio plays frames of 20 ms, 160 bytes. A piece that ends within a frame, with more speech behind it, is reported to stutter.',
  source: 'https://github.com/openai/openai-agents-python/pull/1926',
};

const RAGGED: Rule = {
  id: 'audio-in-ragged-chunks',
  severity: 'warning',
  twilio: null,
  why: 'Many small pieces of odd lengths make words stutter; join them to 40 ms or more, in multiples of 160 bytes.',
  source: 'https://github.com/openai/openai-agents-python/pull/1926',
};

const TOO_MUCH: Rule = {
  id: 'buffer-over-ten-minutes',
  severity: 'error',
  twilio: 31931,
  why: 'Twilio keeps ten minutes of unplayed audio and discards the rest.',
  source: errorPage(31931),
};

const SMALL_BYTES = 320;
const MANY = 20;
const BUFFER_MS = 600_000;
/** The next message comes so soon that the two belong to one utterance. */
const SAME_UTTERANCE_MS = 1000;

/** The audio itself: what it is, how it is cut, how much of it waits. */
export function checkAudio(trace: StreamTrace): Breach[] {
  const said = saidOn(trace);
  return [...checkContainers(said), ...checkSizes(said), ...checkCoding(said), ...checkBuffer(trace)];
}

function checkContainers(said: readonly Said[]): Breach[] {
  return said.flatMap(({ atMs, message }, index) => {
    if (message.event !== 'media') return [];
    const begins = said[index - 1]?.message.event !== 'media';
    const name = containerOf(message.audio) ?? (begins && isMp3(audioFrom(said, index)) ? 'MP3' : null);
    if (name === null) return [];
    return [{ rule: CONTAINER, atMs, seen: `A media payload begins like a file: ${name}` }];
  });
}

/** The audio of a message and of those that follow it without a mark or a clear between. */
function audioFrom(said: readonly Said[], index: number): Buffer {
  const pieces: Buffer[] = [];
  for (const { message } of said.slice(index)) {
    if (message.event !== 'media') break;
    pieces.push(message.audio);
  }
  return Buffer.concat(pieces);
}

function checkSizes(said: readonly Said[]): Breach[] {
  const unaligned = said.filter((each, index) => isUnaligned(each, said[index + 1]));
  const small = unaligned.filter(
    ({ message }) => message.event === 'media' && message.audio.length < SMALL_BYTES,
  );
  const [first] = small;
  const breaches = unaligned.map(({ atMs, message }) => ({
    rule: UNALIGNED,
    atMs,
    seen: `A media payload has ${message.event === 'media' ? message.audio.length : 0} bytes, with more of the same speech behind it`,
  }));
  if (!first || small.length < MANY) return breaches;
  const seen = `${small.length} media payloads are shorter than ${SMALL_BYTES} bytes and no multiple of ${FRAME_BYTES}`;
  return [...breaches, { rule: RAGGED, atMs: first.atMs, seen }];
}

// The last piece of an utterance may have any length: what follows it is a mark, a clear, a pause or nothing.
function isUnaligned({ atMs, message }: Said, next: Said | undefined): boolean {
  if (message.event !== 'media' || message.audio.length % FRAME_BYTES === 0) return false;
  return next?.message.event === 'media' && next.atMs - atMs < SAME_UTTERANCE_MS;
}

function checkCoding(said: readonly Said[]): Breach[] {
  const media = said.flatMap(({ message }) => (message.event === 'media' ? [message.audio] : []));
  const doubt = unlikelyMuLaw(Buffer.concat(media));
  const [first] = said;
  return doubt !== null && first ? [{ rule: NOT_MULAW, atMs: first.atMs, seen: doubt }] : [];
}

function checkBuffer(trace: StreamTrace): Breach[] {
  const { ms, atMs } = longestQueue(trace);
  if (ms <= BUFFER_MS) return [];
  const seen = `${Math.round(ms / 1000)} s of audio waited to be played`;
  return [{ rule: TOO_MUCH, atMs, seen }];
}
