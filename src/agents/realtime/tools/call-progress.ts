import type { BookedAppointment } from '../../../desk/desk.js';
import type { LiveSession, SessionChange } from '../../../sessions/live-session.js';
import type { CallState, CollectedData, Intent } from '../../../sessions/session.js';

type AgentSession = Pick<LiveSession, 'data' | 'change'>;

/** The call is at this state, and the caller wants this. Writes only what is new. */
export function noteState(session: AgentSession, state: CallState | null, intent?: Intent): void {
  const { current_state, intent: wanted } = session.data;
  const change: SessionChange = {
    ...(state !== null && state !== current_state ? { current_state: state } : {}),
    ...(intent !== undefined && intent !== wanted ? { intent } : {}),
  };
  if (Object.keys(change).length > 0) session.change(change);
}

/**
 * What the caller has chosen so far; null takes back an earlier choice. What the call has booked stands there instead, until it books
 * something else: whoever goes on with the call must not take a new choice for the booking.
 */
export function choose(session: AgentSession, service: string, time: string | null): void {
  const { appointment_time: _, ...rest } = session.data.collected_data;
  if (typeof rest.appointment_id === 'number') return;
  const chosen = time === null ? {} : { appointment_time: time };
  session.change({ collected_data: { ...rest, service_type: service, ...chosen } });
}

/** This row was written; what was said of an earlier one is said of that one only. */
export function noteBooked(session: AgentSession, row: BookedAppointment, vehicleId: number | null): void {
  const { appointment_confirmed: _, vehicle_id: __, ...rest } = session.data.collected_data;
  const data: CollectedData = {
    ...rest,
    service_type: row.service_type,
    appointment_time: row.date,
    appointment_id: row.id,
    ...(vehicleId === null ? {} : { vehicle_id: vehicleId }),
  };
  session.change({ collected_data: data });
}

/** This row has another time now, of which the caller has not heard yet. */
export function noteMoved(session: AgentSession, row: BookedAppointment): void {
  const { appointment_confirmed: _, ...rest } = session.data.collected_data;
  const own = rest.appointment_id === row.id ? { appointment_time: row.date } : {};
  session.change({ collected_data: { ...rest, ...own, appointment_change: 'moved' } });
}

/** This row is cancelled; what the call has booked beside it stands. */
export function noteCancelled(session: AgentSession, row: BookedAppointment): void {
  const { collected_data: before } = session.data;
  const { appointment_id: id, appointment_time: _, appointment_confirmed: __, ...rest } = before;
  const left = id === row.id ? rest : before;
  session.change({ collected_data: { ...left, appointment_change: 'cancelled' } });
}
