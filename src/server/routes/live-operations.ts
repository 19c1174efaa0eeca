import { z } from 'zod';
import { CALL_STATES, INTENTS, INTERVENTIONS } from '../../sessions/session.js';
import { CallerNumber, CallSid, Count, Id, Milliseconds, Time } from './answer-fields.js';
import { operation } from './operation.js';

const LatestDelays = z.object({ count: Count, max: Milliseconds, latest: z.array(Milliseconds) }).nullable();

export const SessionAnswer = z
  .looseObject({
    call_sid: CallSid,
    stream_sid: z.string(),
    caller_phone: CallerNumber,
    customer_id: Id.nullable().describe('the customer who has this number; proves nothing'),
    conversation_history: z.array(
      z.object({
        role: z.enum(['user', 'assistant', 'function']),
        content: z.string(),
        timestamp: Time,
        interrupted: z.literal(true).optional(),
      }),
    ),
    current_state: z.enum(CALL_STATES),
    collected_data: z.looseObject({}).describe('what is known of the appointment so far'),
    intent: z.enum(INTENTS).nullable(),
    speaking: z.boolean().describe('audio of the agent is playing to the caller right now'),
    created_at: Time,
    last_updated: Time,
    attestation: z.string().nullable().describe("the carrier's verdict on the number, as Twilio sent it"),
    states: z.array(z.object({ name: z.enum(CALL_STATES), time: Time })),
    interruptions: Count,
    resumes: Count.describe('how often the stream was picked up again after it broke'),
    verified: z
      .object({ by: z.enum(['attestation', 'vin']), customer_id: Id })
      .nullable()
      .describe('the customer that the caller has proved to be'),
    vin_tries: Count,
    desk_writes: Count,
    unheard: z.array(
      z.object({ at: Count, partly_heard: z.boolean(), content: z.string(), timestamp: Time }),
    ),
    delays: z.object({
      greeting_ms: Milliseconds.nullable(),
      response: LatestDelays,
      interruption: LatestDelays,
      mark_lag: LatestDelays,
      model: LatestDelays,
    }),
    agents: z.array(z.string()),
    usage: z.looseObject({}).nullable(),
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
        'Every change, four times a second at most: first an event `session` for each live call, then `session` (as it now is) and `ended` (`{"call_sid": …}`). At the beginning and every 15 s a `snapshot` (`{"call_sids": […], "partial": false}`): what is in none of them has ended; `partial` as in the list. For 32 watchers of a gateway at once.',
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
