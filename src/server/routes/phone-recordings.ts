import { type Response, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { Time } from '../../core/fields.js';
import type { BrowserRecordings, CallNote } from '../../recordings/browser-recordings.js';
import { beginEvents, isOpen, refuseHead, refuseWatcher, wantsEvents } from '../event-stream.js';
import type { SignedInStreams } from '../signed-in-streams.js';
import { expressPath, operation } from './operation.js';

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

const HEARTBEAT_MS = 15_000;
const MAX_WATCHERS = 8;
/** A watcher that is so far behind does not read any more. */
const MAX_UNREAD_BYTES = 256 * 1024;

type Recordings = Pick<BrowserRecordings, 'watch' | 'textOf'>;

/** What is said on a call from the browser phone as it is said, and its recording. */
export function phoneRecordingRoutes(recordings: Recordings, streams: Pick<SignedInStreams, 'keep'>): Router {
  const router = Router();
  const { notes, recording } = PHONE_RECORDINGS;
  const stream = noteStreams(recordings);
  refuseHead(router, expressPath(notes.path));
  router.get(expressPath(notes.path), (request, response) => {
    const callSid = String(request.params.call_sid);
    if (wantsEvents(request)) {
      streams.keep(request, response);
      return stream(callSid, response);
    }
    const noted: CallNote[] = [];
    const stop = recordings.watch(callSid, (note) => noted.push(note)) ?? missing();
    stop();
    return response.json({ notes: noted });
  });
  router.get(expressPath(recording.path), async (request, response) => {
    const callSid = String(request.params.call_sid);
    const text = (await recordings.textOf(callSid)) ?? missing();
    response.type('application/x-ndjson').set('Cache-Control', 'no-store').send(text);
  });
  return router;
}

function noteStreams(recordings: Recordings): (callSid: string, response: Response) => void {
  let watchers = 0;
  return (callSid, response) => {
    if (watchers >= MAX_WATCHERS) return refuseWatcher(response, MAX_WATCHERS, 'watch such calls');
    let hasBegun = false;
    const waiting: string[] = [];
    const stop =
      recordings.watch(callSid, (note) => {
        const text = `data: ${JSON.stringify(note)}\n\n`;
        if (!hasBegun) return void waiting.push(text);
        if (isOpen(response)) response.write(text);
        if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
      }) ?? missing();
    watchers += 1;
    beginEvents(response, waiting.join(''));
    hasBegun = true;
    const heartbeat = setInterval(() => response.writableEnded || response.write(': \n\n'), HEARTBEAT_MS);
    response.once('close', () => {
      watchers -= 1;
      clearInterval(heartbeat);
      stop();
    });
  };
}

function missing(): never {
  throw new GatewayError('NOT_FOUND', 'This gateway has no such call from the browser phone, or no longer.');
}
