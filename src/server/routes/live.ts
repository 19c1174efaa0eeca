import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { CallerNumber, CallSid, Count, Id, Milliseconds, Time } from '../../core/fields.js';
import type { Fleet } from '../../line/fleet.js';
import type { Interventions, StaffRequest, StaffResult } from '../../line/interventions.js';
import { CALL_STATES, INTENTS, INTERVENTIONS } from '../../sessions/session.js';
import type { DeskSessions } from '../desk-sessions.js';
import { beginEvents, isOpen, refuseHead, refuseWatcher, wantsEvents } from '../event-stream.js';
import { eventText, eventTexts, LiveEvents } from '../live-events.js';
import type { SignedInStreams } from '../signed-in-streams.js';
import { operation, serve } from './operation.js';

const LatestDelays = z.object({ count: Count, max: Milliseconds, latest: z.array(Milliseconds) }).nullable();

export const SessionAnswer = z
  .looseObject({
    call_sid: CallSid,
    stream_sid: z.string().describe('its present stream, as Twilio names it'),
    caller_phone: CallerNumber,
    customer_id: Id.nullable().describe('the customer who has this number; proves nothing'),
    conversation_history: z
      .array(
        z.object({
          role: z.enum(['user', 'assistant', 'function']),
          content: z.string(),
          timestamp: Time,
          interrupted: z.literal(true).optional(),
        }),
      )
      .describe('what was said, cut to what was heard'),
    current_state: z.enum(CALL_STATES).describe('how far the call is'),
    collected_data: z.looseObject({}).describe('what is known of the appointment so far'),
    intent: z.enum(INTENTS).nullable().describe('what the caller wants; null: not known yet'),
    speaking: z.boolean().describe('audio of the agent is playing to the caller right now'),
    created_at: Time.describe('when the call began'),
    last_updated: Time.describe('when the session changed last'),
    attestation: z.string().nullable().describe("the carrier's verdict on the number, as Twilio sent it"),
    states: z
      .array(z.object({ name: z.enum(CALL_STATES), time: Time }))
      .describe('the states passed so far, and when each began'),
    interruptions: Count.describe('how often the caller cut the agent off'),
    resumes: Count.describe('how often the stream was picked up again after it broke'),
    verified: z
      .object({ by: z.enum(['attestation', 'vin']), customer_id: Id })
      .nullable()
      .describe('the customer that the caller has proved to be'),
    vin_tries: Count.describe('wrong digits of a VIN in this call'),
    desk_writes: Count.describe('how often the agent asked for a booking or another change'),
    unheard: z
      .array(z.object({ at: Count, partly_heard: z.boolean(), content: z.string(), timestamp: Time }))
      .describe(
        'what the agent was to say and the caller did not hear to its end; `at`: before which turn, or which it is',
      ),
    delays: z
      .object({
        greeting_ms: Milliseconds.nullable(),
        response: LatestDelays,
        interruption: LatestDelays,
        mark_lag: LatestDelays,
        model: LatestDelays,
      })
      .describe('what the caller waited for'),
    agents: z.array(z.string()).describe('the agents that had the call, one after the other'),
    usage: z.looseObject({}).nullable().describe('tokens of voice models; null: none was used'),
    test: z.literal(true).optional().describe('a call from a browser, to try the line'),
    intervention: z
      .object({ kind: z.enum(INTERVENTIONS), by: z.string().nullable(), time: Time })
      .optional()
      .describe('staff have taken the call over or ended it, or its time was over'),
  })
  .meta({ id: 'Session', description: 'A live call. Agents and later versions add fields.' });

const EXAMPLE_SID = 'CA00000000000000000000000000000001';
const DoneAnswer = z.object({ call_sid: CallSid, done: z.literal(true) });
const TAKEN = {
  404: 'There is no live call with this `call_sid`.',
  409: 'Others were first, the call is over, or nobody can be dialled.',
  503: 'The gateway that has the call cannot be asked, or did not answer in time.',
};

export const LIVE = {
  list: operation({
    method: 'get',
    path: '/api/live',
    id: 'listLiveCalls',
    tag: 'Calls',
    summary: 'The calls now, on all gateways',
    answer: z.object({
      live: z.array(SessionAnswer),
      partial: z
        .literal(true)
        .optional()
        .describe('Redis does not answer: only the calls of the gateway asked are known'),
    }),
    also: {
      'text/event-stream':
        'Every change, four times a second at most: first an event `session` for each live call, then `session` (as it now is) and `ended` (`{"call_sid": …}`). While agents speak, `words` (`{"words": [{"call_sid": …, "text": …, "turns": 3}]}`): what each is saying, as far as it has been played; it is in no history yet, and belongs behind the `turns` turns of the agent that the history had. At the beginning and every 15 s a `snapshot` (`{"call_sids": […], "partial": false}`): what is in none of them has ended; `partial` as in the list. For 32 watchers of a gateway at once.',
    },
    errors: { 503: '32 pages watch the calls already.' },
    example: {},
  }),
  transfer: operation({
    method: 'post',
    path: '/api/live/{call_sid}/transfer',
    id: 'takeOverCall',
    tag: 'Calls',
    summary: 'Takes a live call over: the agent falls silent, and the person at the shop is dialled',
    details:
      'At whichever gateway has the call. Of several who ask, one does it; the others get 409 that says what was done and by whom.',
    answer: DoneAnswer,
    errors: TAKEN,
    example: { path: { call_sid: EXAMPLE_SID } },
  }),
  end: operation({
    method: 'post',
    path: '/api/live/{call_sid}/end',
    id: 'endCall',
    tag: 'Calls',
    summary: 'Ends a live call: the agent falls silent, the caller hears a goodbye',
    answer: DoneAnswer,
    errors: TAKEN,
    example: { path: { call_sid: EXAMPLE_SID } },
  }),
};

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** More screens than a shop has. */
const MAX_WATCHERS = 32;

type Calls = Pick<Fleet, 'liveCalls' | 'watch'>;

/**
 * The calls on all gateways now as a list or, with `Accept: text/event-stream`, as they change: for 32 watchers
 * at once, others get 503.
 */
export function liveRoutes(fleet: Calls, streams: Pick<SignedInStreams, 'keep'>): Router {
  const router = Router();
  const stream = eventStreams(fleet);
  refuseHead(router, LIVE.list.path);
  router.get(LIVE.list.path, async (request, response) => {
    if (wantsEvents(request)) {
      streams.keep(request, response);
      return stream(response);
    }
    const { sessions, isPartial } = await fleet.liveCalls();
    return response.json({ live: sessions, ...(isPartial ? { partial: true } : {}) });
  });
  return router;
}

// Events `session` (the session as it now is), `ended` (its call_sid) and `words` (what agents are saying); `snapshot` at first and with each heartbeat: which calls are live.
function eventStreams(fleet: Calls): (response: Response) => void {
  const textOf = eventTexts();
  const watchers = new Set<Response>();
  let heartbeat: NodeJS.Timeout | undefined;
  const tell = async (of: Iterable<Response>) => {
    const { sessions, isPartial } = await fleet.liveCalls();
    const call_sids = sessions.map(({ call_sid }) => call_sid);
    const text = eventText('snapshot', { call_sids, partial: isPartial });
    for (const response of of) if (isOpen(response)) response.write(text);
  };
  return (response) => {
    if (watchers.size >= MAX_WATCHERS) return refuseWatcher(response, MAX_WATCHERS, 'watch the calls');
    watchers.add(response);
    heartbeat ??= setInterval(() => void tell(watchers), HEARTBEAT_MS);
    beginEvents(response);
    let mostUnread = MAX_UNREAD_BYTES;
    const events = new LiveEvents({
      textOf,
      write: (text, isFirst) => {
        if (isFirst) mostUnread += text.length;
        if (isOpen(response)) response.write(text);
        if (response.writableLength > mostUnread) response.destroy();
      },
    });
    const stop = fleet.watch((event, isFirst) => events.add(event, isFirst));
    void tell([response]);
    response.once('close', () => {
      watchers.delete(response);
      stop();
      events.close();
      if (watchers.size > 0) return;
      clearInterval(heartbeat);
      heartbeat = undefined;
    });
  };
}

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
