import type { Session } from '../src/sessions/session.js';
import { restoreSession } from '../src/sessions/stored-session.js';

/** Of every gateway of the drills whose public address is not local. */
export const ADMIN_TOKEN = 'drill-admin-token';

/** The live sessions of a gateway, by CallSid. Rejects when it does not tell. */
export async function liveSessions(gatewayUrl: string): Promise<Map<string, Session>> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${gatewayUrl}/api/live`, { headers });
  if (!response.ok) throw new Error(`/api/live answered ${response.status}.`);
  const body: unknown = await response.json();
  const live = typeof body === 'object' && body !== null && 'live' in body ? body.live : [];
  const sessions = Array.isArray(live) ? live : [];
  return new Map(
    sessions.map((data) => [String(data.call_sid), restoreSession(String(data.call_sid), data)]),
  );
}
