import type { Session } from '../src/sessions/session.js';
import { restoreSession } from '../src/sessions/stored-session.js';

/** The live sessions of a gateway, by CallSid. */
export async function liveSessions(gatewayUrl: string): Promise<Map<string, Session>> {
  const response = await fetch(`${gatewayUrl}/api/live`);
  const body: unknown = await response.json();
  const live = typeof body === 'object' && body !== null && 'live' in body ? body.live : [];
  const sessions = Array.isArray(live) ? live : [];
  return new Map(
    sessions.map((data) => [String(data.call_sid), restoreSession(String(data.call_sid), data)]),
  );
}

/** A figure of a gateway, e.g. `bayline_live_calls` or `bayline_session_writes_total{outcome="stored"}`; 0 when there is none yet. */
export async function figure(gatewayUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}
