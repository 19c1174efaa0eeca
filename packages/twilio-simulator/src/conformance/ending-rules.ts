import { asSentence, type Breach, type Rule } from './finding.js';
import { type Act, lastAct, type ObservationOf, type StreamTrace, seenOf, whenDid } from './observation.js';
import { errorPage, MESSAGES, WEBSOCKET } from './sources.js';
import { saidOn } from './spoken.js';

const STOP_IGNORED: Rule = {
  id: 'stop-ignored',
  severity: 'warning',
  twilio: null,
  why: 'After stop the call is over: a server that waits for the socket to be closed holds agent, model and memory as long as the other side likes.',
  source: `${MESSAGES}#stop-message`,
};

const MEDIA_AFTER_STOP: Rule = {
  id: 'media-after-stop',
  severity: 'warning',
  twilio: null,
  why: 'Nobody hears it: the agent of a finished call is still at work.',
  source: `${MESSAGES}#stop-message`,
};

const CLOSE_UNANSWERED: Rule = {
  id: 'close-unanswered',
  severity: 'error',
  twilio: null,
  why: 'A close frame is answered with one and the connection ended; every call that is not leaves a socket behind.',
  source: `${WEBSOCKET}#section-7.1.1`,
};

const DROP_UNNOTICED: Rule = {
  id: 'drop-unnoticed',
  severity: 'warning',
  twilio: null,
  why: 'A network that breaks sends neither stop nor a close frame. What is not torn down on the end of the connection stays for good.',
  source: 'https://github.com/openclaw/openclaw/pull/18435',
};

const GOODBYE_CUT: Rule = {
  id: 'goodbye-cut-off',
  severity: 'error',
  twilio: null,
  why: 'Closing the socket throws away what is not played yet. Send a mark behind the last words and close when it is back.',
  source: `${MESSAGES}#send-a-mark-message`,
};

const DROPPED: Rule = {
  id: 'connection-dropped',
  severity: 'error',
  twilio: 31903,
  why: 'The server ended the connection without a close frame, as a crash does; close with 1000 when the call is over.',
  source: errorPage(31903),
};

const CLOSED_WITH_ERROR: Rule = {
  id: 'closed-with-error',
  severity: 'error',
  twilio: 31921,
  why: 'The server gave up a stream on which every message was as Twilio sends it.',
  source: errorPage(31921),
};

const WORDLESS: Rule = {
  id: 'ended-without-a-word',
  severity: 'warning',
  twilio: null,
  why: 'The caller did nothing and heard nothing. A server that refuses a call does so in its TwiML, or closes with an error code: this looks like success.',
  source: errorPage(31921),
};

const WEBSOCKET_FAULT: Rule = {
  id: 'websocket-fault',
  severity: 'error',
  twilio: 31924,
  why: 'The frames themselves are not in order; Twilio ends the stream.',
  source: errorPage(31924),
};

const IN_VAIN: Partial<Record<Act, { readonly rule: Rule; readonly what: string }>> = {
  stop: { rule: STOP_IGNORED, what: 'The server did not close the socket' },
  close: { rule: CLOSE_UNANSWERED, what: 'The server left the connection open' },
  drop: { rule: DROP_UNNOTICED, what: "The server left its end open when the caller's end was gone" },
};
/** Audio that was already on its way when the caller hung up is no fault. */
const ON_ITS_WAY_MS = 1000;
/** A server without marks may close by its own clock, which is not ours. */
const BY_THE_CLOCK_MS = 500;
const WITH_A_MARK_MS = 100;

/** What the server does when the caller, or the network, has ended the stream. */
export function checkTeardown(trace: StreamTrace): Breach[] {
  const vain = seenOf(trace, 'in-vain').flatMap(({ atMs, act, waitedMs }) => {
    const missed = IN_VAIN[act];
    return missed ? [{ rule: missed.rule, atMs, seen: `${missed.what} within ${waitedMs} ms` }] : [];
  });
  return [...vain, ...checkLateMedia(trace)];
}

/** How the server ends a stream itself. */
export function checkOwnEnd(trace: StreamTrace): Breach[] {
  // What does not open is the handshake's matter.
  if (seenOf(trace, 'opened').length === 0) return [];
  return seenOf(trace, 'ended').flatMap((ended) => (ended.byServer ? judgeOwnEnd(trace, ended) : []));
}

function checkLateMedia(trace: StreamTrace): Breach[] {
  const stoppedAt = whenDid(trace, 'stop') ?? Number.POSITIVE_INFINITY;
  return saidOn(trace)
    .filter(({ atMs, message }) => message.event === 'media' && atMs > stoppedAt + ON_ITS_WAY_MS)
    .map(({ atMs }) => ({
      rule: MEDIA_AFTER_STOP,
      atMs,
      seen: `Audio came ${Math.round(atMs - stoppedAt)} ms after stop`,
    }));
}

function judgeOwnEnd(trace: StreamTrace, ended: ObservationOf<'ended'>): Breach[] {
  const { atMs, end } = ended;
  const seen = `${asSentence(end.detail)}${behind(trace, ended)}`;
  if (end.error === 31924) return [{ rule: WEBSOCKET_FAULT, atMs, seen }];
  if (end.error === 31903) return [{ rule: DROPPED, atMs, seen }];
  if (end.error !== null) return [{ rule: CLOSED_WITH_ERROR, atMs, seen }];
  if (isCutOff(trace, ended)) return [{ rule: GOODBYE_CUT, atMs, seen: cutSentence(ended) }];
  return isWordless(trace) ? [{ rule: WORDLESS, atMs, seen: `${seen}, without having said anything` }] : [];
}

/**
 * Speech that was playing when a key came may be cut off by closing as well as by a clear: only what was sent after the
 * caller's last key or word was meant to be heard to its end.
 */
function isCutOff(trace: StreamTrace, { unheardMs, pendingMarks }: ObservationOf<'ended'>): boolean {
  if (unheardMs < (pendingMarks > 0 ? WITH_A_MARK_MS : BY_THE_CLOCK_MS)) return false;
  const last = saidOn(trace)
    .filter(({ message }) => message.event === 'media')
    .at(-1);
  const acts = seenOf(trace, 'did').filter(({ act }) => act === 'key' || act === 'speech');
  return last !== undefined && acts.every((act) => last.atMs > act.atMs);
}

function isWordless(trace: StreamTrace): boolean {
  const acts = seenOf(trace, 'did').every(
    ({ act }) => act === 'connect' || act === 'start' || act === 'ping',
  );
  return acts && saidOn(trace).every(({ message }) => message.event !== 'media');
}

function cutSentence({ unheardMs, pendingMarks }: ObservationOf<'ended'>): string {
  const marks = pendingMarks > 0 ? ` and ${pendingMarks} of its marks not back` : '';
  return `The server closed with ${Math.round(unheardMs)} ms of its own speech unheard${marks}`;
}

const ACTS: Partial<Record<Act, string>> = {
  key: 'a key',
  speech: 'the caller began to speak',
  'unknown-event': 'an unknown event',
  'extra-fields': 'a message with extra fields',
  ping: 'a ping',
};

function behind(trace: StreamTrace, { atMs }: ObservationOf<'ended'>): string {
  const act = lastAct(trace, atMs);
  const what = act ? ACTS[act.act] : undefined;
  return act && what ? `, ${Math.round(atMs - act.atMs)} ms after ${what}` : '';
}
