import type { FaultKind } from '../server-message.js';
import type { Breach, Rule } from './finding.js';
import { type StreamTrace, seenOf, whenDid } from './observation.js';
import { errorPage, MESSAGES } from './sources.js';

const IGNORED =
  'Twilio does not act on such a message and warns once per stream: what it carried is missing from the call, and the log shows one line.';

function invalid(id: string, why = IGNORED): Rule {
  return { id, severity: 'error', twilio: 31951, why, source: errorPage(31951) };
}

const BEFORE_START = invalid(
  'before-start',
  'Before start there is no streamSid that a message could carry: Twilio cannot act on it.',
);

const BINARY: Rule = {
  id: 'binary-message',
  severity: 'error',
  twilio: 31950,
  why: 'Twilio takes text frames only; what a binary one carries is never heard.',
  source: errorPage(31950),
};

const RULES: Readonly<Record<FaultKind, Rule>> = {
  'not-json': invalid('not-json'),
  'unknown-event': invalid('unknown-event', `Twilio knows media, mark and clear. ${IGNORED}`),
  'missing-field': invalid('missing-field'),
  'extra-field': invalid(
    'extra-field',
    `One field too many makes the whole message invalid: write messages field by field, never spread objects into them. ${IGNORED}`,
  ),
  'wrong-stream-sid': invalid(
    'wrong-stream-sid',
    `The streamSid is the one of this stream's start; with another call's, state is shared between calls. ${IGNORED}`,
  ),
  'bad-base64': invalid('bad-base64', `Audio is standard base64 with padding. ${IGNORED}`),
  'empty-payload': {
    id: 'empty-payload',
    severity: 'warning',
    twilio: null,
    why: 'A message without audio does nothing, and whether Twilio takes it is not documented.',
    source: MESSAGES,
  },
  'empty-mark-name': {
    id: 'empty-mark-name',
    severity: 'warning',
    twilio: null,
    why: 'The name is all that tells which mark is back.',
    source: MESSAGES,
  },
};

/** The form of every message: what Twilio would not act on. */
export function checkMessages(trace: StreamTrace): Breach[] {
  const startedAt = whenDid(trace, 'start') ?? Number.POSITIVE_INFINITY;
  return trace.seen.flatMap((each): Breach[] => {
    if (each.kind !== 'message' && each.kind !== 'binary') return [];
    const { atMs } = each;
    if (atMs < startedAt) return [{ rule: BEFORE_START, atMs, seen: 'A message came before start was sent' }];
    if (each.kind === 'binary')
      return [{ rule: BINARY, atMs, seen: `A binary message of ${each.bytes} bytes came` }];
    return each.read.faults.map(({ kind, sentence }) => ({ rule: RULES[kind], atMs, seen: sentence }));
  });
}

/** How many messages came of each event that Twilio would have acted on. */
export function countMessages(trace: StreamTrace, event: 'media' | 'mark' | 'clear'): number {
  return seenOf(trace, 'message').filter(({ read }) => read.message?.event === event).length;
}
