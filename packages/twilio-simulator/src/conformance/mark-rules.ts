import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { Breach, Rule } from './finding.js';
import type { StreamTrace } from './observation.js';
import { MESSAGES } from './sources.js';
import { saidOn } from './spoken.js';

const PENDING: Rule = {
  id: 'mark-repeated-while-pending',
  severity: 'warning',
  twilio: null,
  why: 'Twilio returns both under one name: which of the two was played cannot be told.',
  source: MESSAGES,
};

const REPEATED: Rule = {
  id: 'mark-repeated',
  severity: 'note',
  twilio: null,
  why: 'A clear returns marks as if they had been played; only names that never repeat in a stream tell such an echo from a new mark.',
  source: MESSAGES,
};

const WITHOUT_AUDIO: Rule = {
  id: 'mark-without-audio',
  severity: 'note',
  twilio: null,
  why: 'A mark with no audio before it comes back at once: it says nothing about what was heard.',
  source: MESSAGES,
};

/** What is wrong with the use of marks. Marks are pending as long as the audio before them takes, or until a `clear`. */
export function checkMarks(trace: StreamTrace): Breach[] {
  const breaches: Breach[] = [];
  const dueAt = new Map<string, number>();
  let endsAt = 0;
  let bytesSinceMark = 0;
  for (const { atMs, message } of saidOn(trace)) {
    if (message.event === 'media') {
      endsAt = Math.max(endsAt, atMs) + message.audio.length / BYTES_PER_MS;
      bytesSinceMark += message.audio.length;
    } else if (message.event === 'clear') {
      endsAt = atMs;
      bytesSinceMark = 0;
      for (const name of dueAt.keys()) dueAt.set(name, atMs);
    } else {
      const known = dueAt.get(message.name);
      if (known !== undefined && message.name !== '') breaches.push(repeated(atMs, known > atMs));
      if (bytesSinceMark === 0)
        breaches.push({ rule: WITHOUT_AUDIO, atMs, seen: 'A mark came with no audio before it' });
      dueAt.set(message.name, endsAt);
      bytesSinceMark = 0;
    }
  }
  return breaches;
}

function repeated(atMs: number, pending: boolean): Breach {
  return pending
    ? { rule: PENDING, atMs, seen: 'A mark has the name of one that is not back yet' }
    : { rule: REPEATED, atMs, seen: 'A mark has the name of an earlier one of the same stream' };
}
