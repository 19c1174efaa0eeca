import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallIdentity } from '../../../packages/twilio-simulator/src/call-form.js';
import type { Opening, Talk } from '../../../packages/twilio-simulator/src/conformance/stream-target.js';
import { WebhookTarget } from '../../../packages/twilio-simulator/src/conformance/webhook-target.js';
import { GatewayAddress } from '../../../packages/twilio-simulator/src/gateway-address.js';
import { WebhookClient } from '../../../packages/twilio-simulator/src/webhook-client.js';
import { HANGUP, type Script, ScriptedGateway, streamTwiml } from '../../support/scripted-gateway.js';

const PUBLIC = 'https://voice.example.com';
const CALL: CallIdentity = {
  accountSid: `AC${'0'.repeat(32)}`,
  callSid: `CA${'0'.repeat(32)}`,
  from: '+15555550123',
  to: '+15555550100',
  stir: null,
};

async function call(twiml: Script['twiml'], byCaller = true) {
  const gateway = new ScriptedGateway({ twiml });
  const address = new GatewayAddress(await gateway.listen(), PUBLIC);
  onTestFinished(() => gateway.close());
  const target = new WebhookTarget({
    url: `${PUBLIC}/twilio/voice`,
    client: new WebhookClient(address, 'a-token'),
    address,
  });
  const openings: Opening[] = [];
  const talk: Talk = async (opening) => {
    openings.push(opening);
    return { end: { how: 'closed', error: null, detail: 'over' }, byCaller };
  };
  return { gateway, openings, noStream: await target.call(CALL, talk) };
}

describe('WebhookTarget', () => {
  it('takes stream and parameters from the TwiML, signed for the public address and opened at the other', async () => {
    const { gateway, openings, noStream } = await call(() => streamTwiml(PUBLIC));
    expect(noStream).toBeNull();
    expect(openings).toMatchObject([
      {
        parameters: { caller: 'a & b' },
        streamSid: expect.stringMatching(/^MZ/),
        headers: { 'X-Twilio-Signature': expect.stringMatching(/^[\w+/]+=$/) },
      },
    ]);
    expect(openings[0]?.url.href).toBe(`${gateway.url.replace('http', 'ws')}/twilio/media/t0ken`);
    expect(gateway.requests[0]).toMatchObject({ path: '/twilio/voice', form: { CallStatus: 'ringing' } });
    expect(gateway.requests[0]?.signature).toBeDefined();
  });

  it('ends the call when the caller has hung up, with the status callbacks of its stream', async () => {
    const { gateway } = await call(() => streamTwiml(PUBLIC));
    const events = gateway.requests
      .filter(({ path }) => path === '/twilio/stream-status')
      .map(({ form }) => form.StreamEvent);
    expect(events).toEqual(['stream-started', 'stream-stopped']);
    expect(gateway.paths()).not.toContain('/twilio/voice/next');
  });

  it('goes on with the TwiML when the server has ended the stream, and hangs up on a second one', async () => {
    const again = await call(() => streamTwiml(PUBLIC), false);
    expect(again.gateway.paths()).toContain('/twilio/voice/next');
    expect(again.openings).toHaveLength(1);
    expect(again.noStream).toBeNull();
  });

  it.each<[string, Script['twiml']]>([
    ['as text/html', () => ({ headers: { 'Content-Type': 'text/html' }, body: streamTwiml(PUBLIC) })],
    ['behind comments', () => `<!-- shop -->${streamTwiml(PUBLIC).replace(/<\?xml.*?\?>/, '')}<!-- end -->`],
    [
      'behind a redirect',
      ({ path }) =>
        path === '/moved' ? streamTwiml(PUBLIC) : { status: 307, headers: { Location: `${PUBLIC}/moved` } },
    ],
    [
      'before a verb that it cannot play',
      () => streamTwiml(PUBLIC).replace('</Response>', '<Record/></Response>'),
    ],
  ])('finds the stream of TwiML that Twilio takes: %s', async (_what, twiml) => {
    const { openings, noStream } = await call(twiml);
    expect([openings.length, noStream]).toEqual([1, null]);
  });

  it.each([
    ['an error', () => 500, { twilio: 11200, sentence: 'The voice webhook answered HTTP 500 (11200)' }],
    ['no XML', () => '<Response', { twilio: 12100 }],
    [
      'TwiML without a stream',
      () => HANGUP,
      { twilio: null, sentence: expect.stringContaining('no <Connect><Stream>') },
    ],
    [
      'a verb that it cannot play',
      () => '<Response><Gather/></Response>',
      { twilio: null, sentence: 'The simulator cannot play <Gather>' },
    ],
    [
      'a stream with a fragment',
      () => streamTwiml(PUBLIC).replace('t0ken', 't0ken#a'),
      { twilio: 31923, sentence: expect.stringContaining('fragment') },
    ],
    [
      'a stream with a query string',
      () => streamTwiml(PUBLIC).replace('t0ken', 't0ken?a=1'),
      { twilio: 31920, sentence: 'The stream URL has a query string' },
    ],
  ])('says why there is no stream: %s', async (_what, twiml, expected) => {
    const { openings, noStream } = await call(twiml);
    expect(openings).toEqual([]);
    expect(noStream).toMatchObject(expected);
  });
});
