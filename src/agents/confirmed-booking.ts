import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { CallerDesk } from '../desk/desk.js';
import type { CallControl } from './agent.js';

/** An appointment was written of which the caller has not heard: what was heard of an earlier one is not of this. */
export function awaitConfirmation(session: CallControl['session']): void {
  const { appointment_confirmed: isHeard, ...rest } = session.data.collected_data;
  if (isHeard) session.change({ collected_data: rest });
}

/**
 * The caller has heard to the end that this appointment stands: the mark of the words is back. Not waited for; where the book does not
 * answer, it is written with the end of the call.
 */
export function confirmBooking(
  id: number,
  { session }: Pick<CallControl, 'session'>,
  { desk, logger }: { readonly desk: Pick<CallerDesk, 'confirm'>; readonly logger: Logger },
): void {
  const { collected_data, call_sid } = session.data;
  session.change({ collected_data: { ...collected_data, appointment_confirmed: true, confirmed_id: id } });
  desk.confirm(id).catch((error: unknown) => {
    logger.warn({ call_sid, err: summarize(error) }, 'A confirmation is not written in the book yet');
  });
}
