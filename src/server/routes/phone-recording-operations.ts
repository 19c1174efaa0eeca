import { z } from 'zod';
import { Time } from './answer-fields.js';
import { operation } from './operation.js';

const tag = 'Front desk';
const ELSEWHERE = {
  404: 'This gateway has no call from the browser phone with that `call_sid`, or four later ones.',
};

/** What becomes of a call from the browser phone, as it happens and afterwards. */
export const PHONE_RECORDINGS = {
  notes: operation({
    method: 'get',
    path: '/api/phone/{call_sid}/notes',
    id: 'listPhoneNotes',
    tag,
    summary: 'What the gateway said, found and did on a call from the browser phone so far',
    details:
      'The words of the agent as their audio goes out, speech that was found, interruptions, and the session’s state.',
    answer: z.object({ notes: z.array(z.object({ time: Time, note: z.looseObject({ note: z.string() }) })) }),
    also: {
      'text/event-stream':
        'The notes so far, and then each as it is made: events without a name, 8 watchers at once.',
    },
    errors: { ...ELSEWHERE, 503: '8 pages watch such calls already.' },
    example: { path: { call_sid: 'CA0123456789abcdef0123456789abcdef' } },
  }),
  recording: operation({
    method: 'get',
    path: '/api/phone/{call_sid}/recording',
    id: 'getPhoneRecording',
    tag,
    summary: 'A call from the browser phone as a recording that `npm run replay` takes',
    details:
      'With pseudonyms, as `RECORD_DIR` records; kept in memory for a quarter of an hour, for the last four such calls of this gateway.',
    answerType: 'application/x-ndjson',
    errors: ELSEWHERE,
    example: { path: { call_sid: 'CA0123456789abcdef0123456789abcdef' } },
  }),
};
