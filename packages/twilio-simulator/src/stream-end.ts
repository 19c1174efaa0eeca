/**
 * How a stream ended. `stopped`: the caller hung up. `closed`: the gateway closed the socket in order. `broken`: anything
 * else; `error` is then Twilio's error number (twilio.com/docs/api/errors).
 */
export interface StreamEnd {
  readonly how: 'stopped' | 'closed' | 'broken';
  readonly error: number | null;
  readonly detail: string;
}

/** 1005 is a close frame without a code. */
const CLEAN_CODES = [1000, 1001, 1005];
const ABNORMAL = 1006;

/** The socket was closed by the gateway, or broke (1006: without a close frame). */
export function endOfClose(code: number, reason: string): StreamEnd {
  const detail = `the gateway closed the stream with code ${code}${reason ? ` (${reason})` : ''}`;
  if (CLEAN_CODES.includes(code)) return { how: 'closed', error: null, detail };
  if (code === ABNORMAL) return { how: 'broken', error: 31903, detail: 'the gateway dropped the connection' };
  return { how: 'broken', error: 31921, detail };
}

/** The upgrade was answered with something else than 101. */
export function endOfRefusal(status: number): StreamEnd {
  return { how: 'broken', error: 31920, detail: `the gateway refused the stream with HTTP ${status}` };
}

/** The connection did not come about, or carried something that is no WebSocket. */
export function endOfError(error: Error, opened: boolean): StreamEnd {
  if (/subprotocol/.test(error.message))
    return broken(31920, 'the gateway chose a subprotocol, and none was offered');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('WS_ERR')) return broken(31924, 'the gateway broke the WebSocket protocol');
  if (opened) return broken(31903, 'the connection to the gateway broke');
  if (code === 'ECONNREFUSED') return broken(31902, 'the gateway refused the connection');
  if (/^(ERR_TLS|ERR_SSL|CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/.test(code)) {
    return broken(31910, 'the TLS handshake with the gateway failed');
  }
  return broken(31901, 'the gateway did not answer the connection request');
}

/**
 * No stream can be opened at this URL; `null` when one can be tried. Twilio takes `wss` only; `ws` is for gateways on this machine. What it
 * makes of a fragment is written nowhere: RFC 6455 (section 3) forbids one, so the URL counts as malformed.
 */
export function endOfBadUrl(url: string): StreamEnd | null {
  if (!URL.canParse(url)) return broken(31923, 'the stream URL is no URL');
  const { protocol, search, hash } = new URL(url);
  if (protocol !== 'wss:' && protocol !== 'ws:') {
    return broken(31922, 'the stream URL is not ws or wss');
  }
  if (hash) return broken(31923, 'the stream URL has a fragment (#), which no WebSocket URL may have');
  return search ? broken(31920, 'the stream URL has a query string') : null;
}

function broken(error: number, detail: string): StreamEnd {
  return { how: 'broken', error, detail };
}
