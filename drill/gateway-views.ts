import type { Session } from '../src/sessions/session.js';
import { restoreSession } from '../src/sessions/stored-session.js';
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
