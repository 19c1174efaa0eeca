import express from 'express';
import request from 'supertest';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/core/logger.js';
import { Metrics } from '../../../src/core/metrics.js';
import { formParser } from '../../../src/server/app.js';
import { requireSignature } from '../../../src/server/routes/webhooks.js';
import { SignatureChecker } from '../../../src/twilio/signature.js';
import { counted } from '../../support/counted.js';

const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
const ORIGIN = 'https://voice.example.com';
const FORM = { CallSid: 'CA1', From: '+15551234567', Body: 'a b&c=d+e' };

function setUp() {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const metrics = new Metrics();
  const checker = new SignatureChecker(AUTH_TOKEN, () => ORIGIN);
  const app = express();
  const reached: unknown[] = [];
  app.post(
    '/twilio/voice',
    formParser(),
    requireSignature(checker, () => ORIGIN, logger, metrics),
    (req, res) => {
      reached.push(req.body);
      res.sendStatus(204);
    },
  );
  const post = (form: object, signature?: string, path = '/twilio/voice') => {
    const sending = request(app).post(path).type('form').set('Host', 'evil.example.com');
    return (signature === undefined ? sending : sending.set('X-Twilio-Signature', signature)).send(form);
  };
  return { app, lines, metrics, reached, post };
}

const sign = (form: Record<string, unknown>, url = `${ORIGIN}/twilio/voice`) =>
  webhooks.getExpectedTwilioSignature(AUTH_TOKEN, url, form);

describe('a webhook', () => {
  it('gets through when Twilio signed it for the public address, whatever Host it came to', async () => {
    const { post, reached } = setUp();
    await post(FORM, sign(FORM)).expect(204);
    expect(reached).toEqual([FORM]);
  });

  it('gets through with its query and repeated parameters', async () => {
    const { post } = setUp();
    const form = { MediaUrl: ['b', 'a'] };
    await post(form, sign(form, `${ORIGIN}/twilio/voice?attempt=2`), '/twilio/voice?attempt=2').expect(204);
  });

  it('gets through without a body when that is what was signed', async () => {
    const { app } = setUp();
    await request(app).post('/twilio/voice').set('X-Twilio-Signature', sign({})).expect(204);
  });

  it('is answered 403 as plain text without a signature or with a wrong one, and reaches nothing', async () => {
    const { post, reached, metrics } = setUp();
    const wrong = [undefined, '', 'nonsense', sign(FORM, 'https://evil.example.com/twilio/voice'), sign({})];
    for (const signature of wrong) {
      const response = await post(FORM, signature)
        .expect(403)
        .expect('Content-Type', /^text\/plain/);
      expect(response.text).toBe('The signature is missing or wrong.\n');
    }
    expect(reached).toEqual([]);
    expect(await counted(metrics.webhookRejects)).toMatchObject([
      { labels: { reason: 'signature' }, value: 5 },
    ]);
  });

  it('leaves a line that says which address was expected with its query, and neither signature nor number', async () => {
    const { post, lines } = setUp();
    await post(FORM, 'bm9uc2Vuc2U=', '/twilio/voice?hop=1&from=%2B15551234567').expect(403);
    const { level, expected } = JSON.parse(lines[0] ?? '');
    expect(level).toBe('warn');
    expect(expected.startsWith(`${ORIGIN}/twilio/voice?hop=1&from=`)).toBe(true);
    expect(lines.join('')).not.toMatch(/bm9uc2Vuc2U|15551234567/);
  });

  it('leaves no more of a long query in the log than five hundred characters of its address', async () => {
    const { post, lines } = setUp();
    await post(FORM, 'bm9uc2Vuc2U=', `/twilio/voice?${'x'.repeat(5000)}`).expect(403);
    expect(JSON.parse(lines[0] ?? '').expected).toHaveLength(500);
  });
});
