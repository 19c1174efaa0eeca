import { asSentence, type Breach, type Rule } from './finding.js';
import { type StreamTrace, seenOf } from './observation.js';
import { errorPage, STREAM_NOUN, WEBSOCKET } from './sources.js';

const NO_CALL =
  'The caller hears nothing of the server: Twilio goes on with the next verb, or ends the call.';

/** What Twilio's numbers say about a stream that did not come about. */
const WHY: Readonly<Record<number, string>> = {
  11200: `The webhook failed; 403 is mostly a signature that was checked against another address or token. ${NO_CALL}`,
  11215: `Twilio follows ten redirects of a webhook in a row. ${NO_CALL}`,
  11216: `Twilio follows 301, 302, 303 and 307 with a Location, and no other redirect. ${NO_CALL}`,
  12100: `The TwiML cannot be run. ${NO_CALL}`,
  12300: `Twilio takes text/xml, application/xml and text/html as TwiML, and text/plain that holds TwiML. ${NO_CALL}`,
  31901: `Nobody answered in time. ${NO_CALL}`,
  31902: `The port is closed. ${NO_CALL}`,
  31910: `The certificate, or TLS itself, is not in order. ${NO_CALL}`,
  31920: `Twilio takes 101 and nothing else; a query string in the URL is not supported either, and 403 is mostly a signature that was checked against another address or token. ${NO_CALL}`,
  31922: `The URL of a stream begins with wss. ${NO_CALL}`,
  31923: `The URL of the stream is none, or has a fragment: RFC 6455 forbids one, and what Twilio makes of it is not documented. ${NO_CALL}`,
  31924: `What came is no WebSocket. ${NO_CALL}`,
};

const IDS: Readonly<Record<number, string>> = {
  31901: 'no-answer',
  31902: 'connection-refused',
  31910: 'tls',
  31920: 'handshake-refused',
};

function failed(id: string, twilio: number): Rule {
  return { id, severity: 'error', twilio, why: WHY[twilio] ?? NO_CALL, source: errorPage(twilio) };
}

const NO_STREAM: Rule = {
  id: 'no-stream-in-twiml',
  severity: 'error',
  twilio: null,
  why: 'The webhook was answered, but not with a bidirectional stream: nothing could be checked.',
  source: STREAM_NOUN,
};

const SLOW: Rule = {
  id: 'slow-handshake',
  severity: 'warning',
  twilio: null,
  why: 'The caller hears nothing until the stream is open: answer the upgrade first and connect to everything else behind it.',
  source: errorPage(31901),
};

const NO_PONG: Rule = {
  id: 'no-pong',
  severity: 'error',
  twilio: null,
  why: 'A ping must be answered; who does not get an answer takes the connection for dead and drops the call.',
  source: `${WEBSOCKET}#section-5.5.3`,
};

const SLOW_PONG: Rule = {
  id: 'slow-pong',
  severity: 'warning',
  twilio: null,
  why: "Something holds up the server's loop; audio waits as long as this ping did.",
  source: `${WEBSOCKET}#section-5.5.3`,
};

const SLOW_HANDSHAKE_MS = 2000;
const SLOW_PONG_MS = 2000;

/** From the webhook to the open stream, and whether the connection answers. */
export function checkHandshake(trace: StreamTrace): Breach[] {
  return [...checkWebhook(trace), ...checkOpening(trace), ...checkPing(trace)];
}

function checkWebhook(trace: StreamTrace): Breach[] {
  return seenOf(trace, 'no-stream').map(({ atMs, twilio, sentence }) => {
    const rule = twilio === null ? NO_STREAM : failed(twilio >= 31900 ? 'stream-url' : 'webhook', twilio);
    return { rule, atMs, seen: sentence };
  });
}

function checkOpening(trace: StreamTrace): Breach[] {
  const [opened] = seenOf(trace, 'opened');
  if (opened) {
    const seen = `The upgrade was answered after ${Math.round(opened.atMs)} ms`;
    return opened.atMs > SLOW_HANDSHAKE_MS ? [{ rule: SLOW, atMs: opened.atMs, seen }] : [];
  }
  return seenOf(trace, 'ended').flatMap(({ atMs, end }) =>
    end.error === null
      ? []
      : [{ rule: failed(IDS[end.error] ?? 'handshake', end.error), atMs, seen: asSentence(end.detail) }],
  );
}

function checkPing(trace: StreamTrace): Breach[] {
  const vain = seenOf(trace, 'in-vain').filter(({ act }) => act === 'ping');
  const ping = trace.seen.find((each) => each.kind === 'did' && each.act === 'ping');
  const pong = trace.seen.find(({ kind }) => kind === 'pong');
  const delayMs = ping && pong ? pong.atMs - ping.atMs : 0;
  return [
    ...vain.map(({ atMs, waitedMs }) => ({
      rule: NO_PONG,
      atMs,
      seen: `A ping was not answered in ${waitedMs} ms`,
    })),
    ...(delayMs > SLOW_PONG_MS && pong
      ? [{ rule: SLOW_PONG, atMs: pong.atMs, seen: `A ping was answered after ${Math.round(delayMs)} ms` }]
      : []),
  ];
}
