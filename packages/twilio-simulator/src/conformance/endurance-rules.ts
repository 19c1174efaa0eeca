import type { Breach, Rule } from './finding.js';
import { type Act, type ObservationOf, type StreamTrace, seenOf, whenDid } from './observation.js';
import { MESSAGES } from './sources.js';
import { firstAudioMs, spellsOn } from './spoken.js';

const UNKNOWN_EVENT = lacking('unknown-event-not-survived');
const EXTRA_FIELDS = lacking('extra-fields-not-survived');

function lacking(id: string): Rule {
  return {
    id,
    severity: 'error',
    twilio: null,
    why: 'Twilio adds events and fields without notice: on that day every call ends here. Ignore what is not known.',
    source: MESSAGES,
  };
}

const SILENCE: Rule = {
  id: 'ended-in-silence',
  severity: 'error',
  twilio: null,
  why: 'On some calls no frames come while the caller is silent or muted: that is neither the end of the call nor of a turn.',
  source: 'https://github.com/Phonic-Co/phonic-node/pull/32',
};

const WAITS_FOR_FRAMES: Rule = {
  id: 'waits-for-frames',
  severity: 'note',
  twilio: null,
  why: "The server's choice. On calls without frames of silence the caller hears nothing before the first word.",
  source: 'https://github.com/Phonic-Co/phonic-node/pull/32',
};

const DEAD_CALL: Rule = {
  id: 'later-call-dead',
  severity: 'error',
  twilio: null,
  why: 'The first call works, this one does not: something of a call lives on outside it, or there is only one of what every call needs.',
  source: 'https://github.com/openclaw/openclaw/issues/65601',
};

/** Blamed on what was done so shortly before. */
const BLAME_MS = 2000;

/** What a stream must live through. `plain` had the same done to it but for that: what ends both proves nothing. */
export function checkAdditions(trace: StreamTrace, plain: StreamTrace): Breach[] {
  const ended = ownEnd(trace);
  if (!ended || ownEnd(plain)) return [];
  const isBlamed = (act: Act) => {
    const at = whenDid(trace, act);
    return at !== null && ended.atMs >= at && ended.atMs - at <= BLAME_MS;
  };
  const why = `The server ended the stream: ${ended.end.detail}`;
  if (isBlamed('unknown-event')) return [{ rule: UNKNOWN_EVENT, atMs: ended.atMs, seen: why }];
  return isBlamed('extra-fields') ? [{ rule: EXTRA_FIELDS, atMs: ended.atMs, seen: why }] : [];
}

/** A call without any frames, beside one with frames of silence. */
export function checkSilence(gap: StreamTrace, steady: StreamTrace): Breach[] {
  const ended = ownEnd(gap);
  const start = whenDid(gap, 'start');
  if (start === null || ownEnd(steady)) return [];
  if (!ended) return checkWaiting(gap, steady, start);
  const seen = `The server ended a stream without frames ${Math.round(ended.atMs - start)} ms after start; one with frames of silence went on`;
  return [{ rule: SILENCE, atMs: ended.atMs, seen }];
}

function checkWaiting(gap: StreamTrace, steady: StreamTrace, atMs: number): Breach[] {
  if (spellsOn(steady).length === 0 || spellsOn(gap).length > 0) return [];
  const seen = 'The server spoke on a call with frames of silence, and not on one without';
  return [{ rule: WAITS_FOR_FRAMES, atMs, seen }];
}

/** What was different about a later call. */
const SITUATION: Partial<Record<StreamTrace['call'], string>> = {
  second: 'right after it',
  additions: 'whose messages had extra fields',
  steady: 'beside two others',
  beside: 'beside two others',
  last: 'after all the others',
};

/** A server that speaks first does so on every call. A call that was watched for less time than it may take proves nothing. */
export function checkLaterCall(trace: StreamTrace, first: StreamTrace): Breach[] {
  const expectedMs = firstAudioMs(first);
  const start = whenDid(trace, 'start');
  const situation = SITUATION[trace.call];
  if (expectedMs === null || start === null || situation === undefined || firstAudioMs(trace) !== null)
    return [];
  const left = whenDid(trace, 'stop') ?? ownEnd(trace)?.atMs ?? start;
  const watchedMs = left - start;
  if (watchedMs < 2 * expectedMs) return [];
  const seen = `The first call heard the server after ${Math.round(expectedMs)} ms; the one ${situation} heard nothing in ${Math.round(watchedMs)} ms`;
  return [{ rule: trace.call === 'additions' ? EXTRA_FIELDS : DEAD_CALL, atMs: left, seen }];
}

function ownEnd(trace: StreamTrace): ObservationOf<'ended'> | null {
  return seenOf(trace, 'ended').find(({ byServer }) => byServer) ?? null;
}
