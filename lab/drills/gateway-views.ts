import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../src/sessions/session.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { ADMIN_TOKEN } from './shared-shop.js';

/** The live sessions of a gateway, by CallSid. */
export async function liveSessions(gatewayUrl: string): Promise<Map<string, Session>> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${gatewayUrl}/api/live`, { headers });
  if (!response.ok) throw new Error(`/api/live answered HTTP ${response.status}.`);
  const body: unknown = await response.json();
  const live = typeof body === 'object' && body !== null && 'live' in body ? body.live : [];
  const sessions = Array.isArray(live) ? live : [];
  return new Map(
    sessions.map((data) => [String(data.call_sid), restoreSession(String(data.call_sid), data)]),
  );
}

export interface FinishedView {
  readonly outcome: string;
  readonly transcript: readonly {
    readonly role: string;
    readonly content: string;
    readonly timestamp: string;
  }[];
}

/** The finished calls of these SIDs as the gateway's API shows them; waits for their rows, a while. */
export async function finishedCalls(
  gatewayUrl: string,
  callSids: readonly string[],
): Promise<FinishedView[]> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const found: FinishedView[] = [];
  const deadline = performance.now() + 10_000;
  for (const callSid of callSids) {
    let response = await fetch(`${gatewayUrl}/api/calls/${callSid}`, { headers });
    while (!response.ok && performance.now() < deadline) {
      await pause(100);
      response = await fetch(`${gatewayUrl}/api/calls/${callSid}`, { headers });
    }
    if (response.ok) found.push(JSON.parse(await response.text()));
  }
  return found;
}

/** A figure of a gateway, e.g. `bayline_live_calls` or `bayline_session_writes_total{outcome="stored"}`; 0 when there is none yet. */
export async function figure(gatewayUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${gatewayUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}
