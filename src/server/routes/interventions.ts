import { type Request, Router } from 'express';
import { GatewayError } from '../../core/errors.js';
import type { Interventions, StaffRequest, StaffResult } from '../../line/interventions.js';
import type { DeskSessions } from '../desk-sessions.js';
import { LIVE } from './live-operations.js';
import { serve } from './operation.js';

const DONE: Readonly<Record<'transfer' | 'end' | 'time_limit', string>> = {
  transfer: 'has taken this call over already.',
  end: 'has ended this call already.',
  time_limit: 'has ended this call: it has lasted as long as a call from a browser may.',
};
const WHY: Readonly<Record<Exclude<StaffResult['status'], 'done' | 'taken'>, GatewayError>> = {
  over: new GatewayError('CONFLICT', 'This call is over.'),
  not_live: new GatewayError('CONFLICT', 'This call has just begun or has just lost its stream. Try again.'),
  nobody_to_dial: new GatewayError('CONFLICT', 'Nobody can be dialled: the shop has no transfer_number.'),
  unknown: new GatewayError('NOT_FOUND', 'No live call has this call_sid.'),
  unanswered: new GatewayError('UNAVAILABLE', 'The gateway that has this call did not answer in time.'),
  unavailable: new GatewayError('UNAVAILABLE', 'The gateway that has this call cannot be asked.'),
};

/** Staff take live calls over, or end them. */
export function interventionRoutes(
  interventions: Pick<Interventions, 'request'>,
  sessions: Pick<DeskSessions, 'of'>,
): Router {
  const router = Router();
  const act = async (kind: StaffRequest['kind'], callSid: string, request: Request) => {
    const by = sessions.of(request.headers.cookie)?.name ?? null;
    const result = await interventions.request({ callSid, kind, by });
    if (result.status === 'done') return { call_sid: callSid, done: true as const };
    if (result.status !== 'taken') throw WHY[result.status];
    const { intervention: first } = result;
    const who = first.kind === 'time_limit' ? 'The gateway' : (first.by ?? 'Another desk');
    throw new GatewayError('CONFLICT', `${who} ${DONE[first.kind]}`);
  };
  serve(router, LIVE.transfer, ({ path }, request) => act('transfer', path.call_sid, request));
  serve(router, LIVE.end, ({ path }, request) => act('end', path.call_sid, request));
  return router;
}
