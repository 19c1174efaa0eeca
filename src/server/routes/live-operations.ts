import { z } from 'zod';
import { CALL_STATES, INTENTS } from '../../sessions/session.js';
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
  })
  .meta({ id: 'Session', description: 'A live call. Agents and later versions add fields.' });

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
        'Every change: first an event `session` for each live call, then `session` (as it now is) and `ended` (`{"call_sid": …}`), for 32 watchers of a gateway at once.',
    },
    errors: { 503: '32 pages watch the calls already.' },
    example: {},
  }),
};
