import { Router } from 'express';
import { z } from 'zod';
import type { CallLog } from '../../call-log/call-log.js';
import { CALL_OUTCOMES, type CallQuery, FinishedCall } from '../../call-log/finished-call.js';
import { GatewayError } from '../../core/errors.js';
import { Milliseconds, Time } from '../../core/fields.js';
import { shopInstants } from '../../database/shop-time.js';
import type { Eraser } from '../../privacy/eraser.js';
import type { CallWaveforms } from '../../recordings/call-waveform.js';
import { CALL_SID } from '../../twilio/messages.js';
import { type CsvList, serveCsv } from '../csv-answer.js';
import { oneOrMoreOf, Page, QueryId, When } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Calls';

/** Calls are paged by the `call_sid` of the last one seen. */
const CallFilter = z.object({
  from: When.optional(),
  to: When.optional(),
  outcome: oneOrMoreOf(CALL_OUTCOMES).optional(),
  test: z
    .enum(['0', '1'], { error: 'must be 0 or 1' })
    .describe('1: only calls that were made to try the line; 0: only the others; absent: both')
    .optional(),
  customer_id: QueryId.describe('only those of this customer').optional(),
  limit: Page.limit,
  before: z
    .string({ error: 'must be a call SID' })
    .regex(CALL_SID, { error: 'must be a call SID' })
    .describe('the `call_sid` of the last one that was seen: only what follows it')
    .optional(),
});

const Levels = z.array(z.number().int().min(0).max(100));

const Waveform = z
  .object({
    began_at: Time,
    duration_ms: Milliseconds,
    step_ms: Milliseconds.describe('how long a step is: the longer the call, the longer'),
    caller: Levels.describe('how loud the caller was, step by step; 0: -60 dB and less, 100: full scale'),
    agent: Levels.describe('likewise the agent, as the caller heard it: without what was cut'),
    keys_ms: z.array(Milliseconds).describe('when a key was pressed, after `began_at`'),
    cuts_ms: z.array(Milliseconds).describe('when the agent was cut off, after `began_at`'),
  })
  .meta({ id: 'Waveform', description: 'How loud both sides of a call were: 1,200 steps at most.' });

export const CALLS = {
  list: operation({
    method: 'get',
    path: '/api/calls',
    id: 'listCalls',
    tag,
    summary: 'Finished calls that began in a period, the latest first',
    query: CallFilter,
    also: { 'text/csv': 'the whole list, with the filters of the query' },
    answer: z.object({ calls: z.array(FinishedCall) }),
    example: { query: { limit: '20' } },
  }),
  get: operation({
    method: 'get',
    path: '/api/calls/{call_sid}',
    id: 'getCall',
    tag,
    summary: 'One finished call',
    answer: FinishedCall,
    example: { path: { call_sid: 'CA0123456789abcdef0123456789abcdef' } },
  }),
  waveform: operation({
    method: 'get',
    path: '/api/calls/{call_sid}/waveform',
    id: 'getCallWaveform',
    tag,
    summary: 'How loud both sides of a finished call were',
    details:
      'From its recording, where the gateway that is asked has one: in the folder of `RECORD_DIR`, or for a quarter of an hour of a call from the browser phone.',
    answer: z.object({ waveform: Waveform.nullable().describe('null: no recording is here') }),
    example: { path: { call_sid: 'CA0123456789abcdef0123456789abcdef' } },
  }),
  erase: operation({
    method: 'delete',
    path: '/api/calls/{call_sid}',
    id: 'eraseCall',
    tag,
    summary: 'Erases who called and what was said',
    details:
      'Its recordings and its call-back go, too. When the call was and how it ended stays for the figures.',
    status: 204,
    example: { path: { call_sid: 'CA0123456789abcdef0123456789abcdef' } },
  }),
};

const NO_SUCH_CALL = 'No finished call has this call_sid.';
/** Calls that are read at a time for a list as CSV: each comes with all that was said. */
const CSV_PAGE = 50;

/** The finished calls. */
export function callRoutes(
  calls: Pick<CallLog, 'get' | 'list'>,
  waveformOf: CallWaveforms,
  erasures: Pick<Eraser, 'call'>,
  timezone: () => string,
): Router {
  const router = Router();
  serveCsv(router, CALLS.list, (filter) => {
    const query = callQuery(filter, timezone());
    return callsCsv((last) =>
      calls.list({ ...query, limit: CSV_PAGE, before: last?.call_sid ?? query.before }),
    );
  });
  serve(router, CALLS.list, async ({ query }) => ({ calls: await calls.list(callQuery(query, timezone())) }));
  const found = async (callSid: string) => {
    const call = await calls.get(callSid);
    if (!call) throw new GatewayError('NOT_FOUND', NO_SUCH_CALL);
    return call;
  };
  serve(router, CALLS.get, ({ path }) => found(path.call_sid));
  serve(router, CALLS.waveform, async ({ path }) => {
    await found(path.call_sid);
    return { waveform: await waveformOf(path.call_sid) };
  });
  serve(router, CALLS.erase, async ({ path }) => {
    if (!(await erasures.call(path.call_sid))) throw new GatewayError('NOT_FOUND', NO_SUCH_CALL);
  });
  return router;
}

function callQuery(
  { from, to, outcome, test, customer_id: customerId, ...page }: z.infer<typeof CallFilter>,
  timezone: string,
): CallQuery {
  const isTest = test === undefined ? undefined : test === '1';
  return { ...page, outcomes: outcome, isTest, customerId, ...shopInstants({ from, to }, timezone) };
}

const COLUMNS = [
  ...(['call_sid', 'caller_phone', 'customer_id', 'started_at', 'ended_at', 'duration_ms'] as const),
  ...(['outcome', 'intent', 'summary', 'path', 'after_hours', 'test', 'interruptions', 'agent'] as const),
];

/** Without what was said; `response_ms` is the median of the answers. */
function callsCsv(page: CsvList<FinishedCall>['page']): CsvList<FinishedCall> {
  const linesOf = (call: FinishedCall) => [
    [...COLUMNS.map((column) => call[column]), call.latency?.response_ms?.median ?? null],
  ];
  return { name: 'calls', columns: [...COLUMNS, 'response_ms'], linesOf, page };
}
