import { type Request, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import { CallSid, Time } from '../../core/fields.js';
import { normalizePhone } from '../../customers/phone-number.js';
import type { PhoneLine } from '../../line/phone-line.js';
import { MEDIA_PATH } from '../../twilio/paths.js';
import { streamOrigin } from '../../twilio/signature.js';
import { readTwiml, type TwimlStep } from '../../twilio/twiml.js';
import { words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Front desk';

const PhoneBody = z.strictObject({
  from: words(40)
    .transform((text, context) => {
      const number = text === 'anonymous' ? text : normalizePhone(text);
      if (number !== null) return number;
      context.addIssue({ code: 'custom', message: 'must be a phone number, or anonymous' });
      return z.NEVER;
    })
    .default('anonymous')
    .describe('who calls: a phone number, or `anonymous`'),
  attestation: z
    .enum(['A', 'B', 'C'], { error: 'must be A, B or C' })
    .nullable()
    .default(null)
    .describe("the carrier's verdict on the number; null: none"),
});

const NextBody = z.strictObject({
  hop: z
    .int({ error: 'must be a whole number' })
    .min(0, { error: 'must be 0 or more' })
    .max(9999, { error: 'must be at most 9999' })
    .nullable()
    .default(null)
    .describe('which stream has ended: the `hop` of its parameters; null: the last one'),
});

const Parameters = z
  .record(z.string(), z.string())
  .describe('what belongs into `customParameters` of the `start` message');
const said = z.string().nullable().describe('what the caller hears before, in the voice of Twilio');
const stream = {
  stream_url: z.string().describe('the address of the media stream, good for one socket'),
  parameters: Parameters,
  expires_at: Time.describe('until when the stream must be open'),
};

const BegunAnswer = z
  .object({ call_sid: CallSid, ...stream })
  .meta({ id: 'BrowserCall', description: 'A call from a browser.' });

const NextAnswer = z
  .discriminatedUnion('action', [
    z.object({ action: z.literal('stream'), ...stream }),
    z.object({
      action: z.literal('dial'),
      number: z.string().describe('who would be dialled; nobody is'),
      said,
    }),
    z.object({ action: z.literal('hangup'), said }),
  ])
  .meta({ id: 'NextOfBrowserCall', description: 'What a call from a browser does after its stream.' });

export const PHONE = {
  begin: operation({
    method: 'post',
    path: '/api/phone',
    id: 'beginBrowserCall',
    tag,
    summary: 'Begins a call from a browser, to try the line without a telephone',
    details:
      'The page plays the part of Twilio at `stream_url`, with the messages of a media stream. Only a page of the gateway itself may open it. Such a call is a test: it takes no place of MAX_CALLS, counts in no figure by default, and nobody is dialled or rung back for it. Two at once, ten minutes each.',
    body: PhoneBody,
    status: 201,
    answer: BegunAnswer,
    errors: {
      429: 'Two calls from browsers go on already, or too many wrong tokens.',
      503: 'This gateway takes no new calls.',
    },
    example: { body: { from: '+15125550101', attestation: 'A' } },
  }),
  next: operation({
    method: 'post',
    path: '/api/phone/{call_sid}/next',
    id: 'nextOfBrowserCall',
    tag,
    summary: 'What such a call does when its stream has ended: what TwiML would have it do',
    body: NextBody,
    answer: NextAnswer,
    example: { path: { call_sid: 'CA00000000000000000000000000000001' }, body: { hop: 0 } },
  }),
};

type Line = Pick<PhoneLine, 'browserCalls' | 'invitations'>;

/** Calls from the gateway's own page. */
export function phoneRoutes(line: Line, origin: () => string): Router {
  const router = Router();
  // The page is open at one of several names; its own socket goes where it came from.
  const streamOf = ({ url, parameters }: TwimlStep & { action: 'stream' }, { headers }: Request) => {
    const token = url.slice(url.lastIndexOf(MEDIA_PATH) + MEDIA_PATH.length);
    return {
      stream_url: `${streamOrigin(headers.origin ?? origin())}${MEDIA_PATH}${token}`,
      parameters,
      expires_at: new Date(line.invitations.read(token)?.expiresAt ?? 0).toISOString(),
    };
  };
  serve(router, PHONE.begin, async ({ body: { from, attestation } }, request) => {
    const verdict = attestation && `TN-Validation-Passed-${attestation}`;
    const begun = await line.browserCalls.begin({ from, attestation: verdict });
    if (begun.status === 'full')
      throw new GatewayError('TOO_MANY', 'Two calls from browsers go on already. End one and try again.');
    const step = begun.status === 'begun' ? readTwiml(begun.twiml) : null;
    if (begun.status !== 'begun' || step?.action !== 'stream')
      throw new GatewayError('UNAVAILABLE', 'This gateway takes no new calls.');
    return { call_sid: begun.callSid, ...streamOf(step, request) };
  });
  serve(router, PHONE.next, async ({ path, body }, request) => {
    const twiml = await line.browserCalls.next(path.call_sid, body.hop);
    if (twiml === null) throw new GatewayError('NOT_FOUND', 'No call from a browser has this call_sid.');
    const step = readTwiml(twiml);
    return step.action === 'stream' ? { action: step.action, ...streamOf(step, request) } : step;
  });
  return router;
}
