import { randomBytes } from 'node:crypto';
import request from 'supertest';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import type { Gateway } from '../../src/gateway.js';
import { AUTH_TOKEN, type TestGateway } from './test-gateway.js';

export const newCallSid = () => `CA${randomBytes(16).toString('hex')}`;

/** The form of an incoming call, as Twilio sends it. */
export function voiceForm(form: Record<string, string> = {}): Record<string, string> {
  return {
    CallSid: newCallSid(),
    AccountSid: `AC${'0'.repeat(32)}`,
    From: '+15125550177',
    To: '+15125550199',
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
    ...form,
  };
}

/** Posts a form with the signature that Twilio would give it. */
export function postSigned(
  { url, gateway }: Pick<TestGateway, 'url'> & { readonly gateway: Pick<Gateway, 'publicUrl'> },
  path: string,
  form: Record<string, string>,
) {
  const signature = webhooks.getExpectedTwilioSignature(AUTH_TOKEN, `${gateway.publicUrl}${path}`, form);
  return request(url).post(path).type('form').set('X-Twilio-Signature', signature).send(form);
}
