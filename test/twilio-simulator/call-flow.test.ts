import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { HANGUP, type Reply, streamTwiml } from '../support/scripted-gateway.js';
import { setUpSimulator } from '../support/simulated-call.js';

describe('the webhooks of a call', () => {
  it('sends the form of a real call and says completed at the end', async () => {
    const { gateway, twilio } = await setUpSimulator({ twiml: () => HANGUP });
    const record = await twilio.call({ from: '+15555550142', stir: 'B' }).untilEnded();
    expect(record.outcome).toEqual({ kind: 'hangup' });
    expect(gateway.paths()).toEqual(['/twilio/voice', '/twilio/call-status']);
    expect(gateway.requests[0]?.form).toMatchObject({
      CallSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
      AccountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      CallStatus: 'ringing',
      Direction: 'inbound',
      From: '+15555550142',
      Caller: '+15555550142',
      StirVerstat: 'TN-Validation-Passed-B',
    });
    expect(gateway.requests[1]?.form).toMatchObject({ CallSid: record.callSid, CallStatus: 'completed' });
  });

  it("signs webhooks and the upgrade so that Twilio's library accepts them, against the public address", async () => {
    const publicUrl = 'https://shop.example';
    const { gateway, twilio } = await setUpSimulator(
      {
        twiml: ({ path }) => (path === '/twilio/voice' ? streamTwiml(publicUrl) : HANGUP),
        onOpen: (socket) => socket.close(1000),
      },
      { publicUrl, authToken: 'a-token' },
    );
    const record = await twilio.call().untilEnded();
    expect(record.protocolErrors).toEqual([]);
    expect(gateway.paths()).toContain('/twilio/voice/next');
    for (const { path, form, signature } of gateway.requests) {
      expect(webhooks.validateRequest('a-token', signature ?? '', publicUrl + path, form), path).toBe(true);
    }
    const [upgrade] = gateway.upgrades;
    const expected = webhooks.getExpectedTwilioSignature('a-token', `wss://shop.example${upgrade?.path}`, {});
    expect(upgrade?.signature).toBe(expected);
  });

  it.each([
    [500, 'answered HTTP 500 (11200)'],
    ['no xml', 'cannot run'],
  ])('ends the call with a fault when the voice webhook answers %s', async (answer, reason) => {
    const { twilio } = await setUpSimulator({ twiml: () => answer });
    const record = await twilio.call().untilEnded();
    expect(record.outcome).toEqual({ kind: 'fault', reason: expect.stringContaining(reason) });
  });

  it.each([
    'text/xml',
    'application/xml; charset=utf-8',
    'text/html; charset=UTF-8',
    'Text/XML',
    'text/plain',
  ])('takes TwiML that comes as %s', async (type) => {
    const reply = { headers: { 'Content-Type': type }, body: HANGUP };
    const { twilio } = await setUpSimulator({ twiml: () => reply });
    expect((await twilio.call().untilEnded()).outcome).toEqual({ kind: 'hangup' });
  });

  it.each<[string, Reply, string]>([
    ['application/json', { headers: { 'Content-Type': 'application/json' }, body: HANGUP }, '(12300)'],
    ['no content type', { headers: {}, body: HANGUP }, 'without a content type, not TwiML (12300)'],
    ['TwiML that is called XHTML', { headers: { 'Content-Type': 'text/xmlish' }, body: HANGUP }, '(12300)'],
  ])('ends the call with error 12300 for %s', async (_what, reply, reason) => {
    const { twilio } = await setUpSimulator({ twiml: () => reply });
    const { outcome } = await twilio.call().untilEnded();
    expect(outcome).toEqual({ kind: 'fault', reason: expect.stringContaining(reason) });
  });

  it.each<[string, string | Reply, string]>([
    ['<Gather>', '<Response><Gather/></Response>', '<Gather>'],
    ['<Client>', '<Response><Dial><Client>jo</Client></Dial></Response>', '<Client> in <Dial>'],
    [
      'audio',
      { headers: { 'Content-Type': 'audio/mpeg' }, body: 'ID3' },
      'the audio that the voice webhook answered',
    ],
    [
      'plain text',
      { headers: { 'Content-Type': 'text/plain' }, body: 'Hello' },
      'the plain text that the voice webhook answered',
    ],
  ])('says that it cannot play %s, without an error number', async (_what, answer, what) => {
    const { twilio } = await setUpSimulator({ twiml: () => answer });
    const { outcome } = await twilio.call().untilEnded();
    expect(outcome).toEqual({ kind: 'fault', reason: `The simulator cannot play ${what}` });
  });

  it('plays what comes before a verb that it cannot play', async () => {
    const { twilio } = await setUpSimulator({
      twiml: () => '<Response><Say>Hello</Say><Hangup/><Record/></Response>',
    });
    const record = await twilio.call().untilEnded();
    expect([record.said, record.outcome]).toEqual([['Hello'], { kind: 'hangup' }]);
  });

  it('goes on from the address that a redirect leads to', async () => {
    const { gateway, twilio } = await setUpSimulator({
      twiml: ({ path }) => {
        if (path === '/twilio/voice') return { status: 307, headers: { Location: '/moved/voice' } };
        return path === '/moved/voice' ? '<Response><Redirect>next</Redirect></Response>' : HANGUP;
      },
    });
    const record = await twilio.call().untilEnded();
    expect(record.outcome).toEqual({ kind: 'hangup' });
    expect(gateway.paths()).toEqual(['/twilio/voice', '/moved/voice', '/moved/next', '/twilio/call-status']);
    expect(gateway.requests[1]?.form).toMatchObject({ CallSid: record.callSid, CallStatus: 'ringing' });
  });

  it.each([
    ['that leads to itself', { status: 307, headers: { Location: '/twilio/voice' } }, '(11215)'],
    ['with a status that Twilio does not follow', { status: 308, headers: { Location: '/x' } }, '(11216)'],
    ['without a location', { status: 302, headers: {} }, '(11216)'],
  ])('ends the call with a fault for a redirect %s', async (_what, reply, number) => {
    const { twilio } = await setUpSimulator({ twiml: () => reply });
    const { outcome } = await twilio.call().untilEnded();
    expect(outcome).toEqual({ kind: 'fault', reason: expect.stringContaining(number) });
  });

  it('follows the TwiML through say, dial and the action of the dial', async () => {
    const { gateway, twilio } = await setUpSimulator({
      twiml: ({ path }) =>
        path === '/twilio/voice'
          ? '<Response><Say>One moment</Say><Dial action="/twilio/voice/next">+15555550199</Dial></Response>'
          : HANGUP,
    });
    const answered = await twilio.call().untilEnded();
    expect(answered.outcome).toEqual({ kind: 'dial', number: '+15555550199' });
    expect(answered.said).toEqual(['One moment']);
    expect(gateway.requests[1]?.form).toMatchObject({
      DialCallStatus: 'completed',
      CallStatus: 'in-progress',
    });
    const unanswered = await twilio.call({ dialResult: 'no-answer' }).untilEnded();
    expect(unanswered.outcome).toEqual({ kind: 'hangup' });
  });

  it('gives up on TwiML that redirects for ever', async () => {
    const { twilio } = await setUpSimulator({
      twiml: () => '<Response><Redirect>/twilio/voice</Redirect></Response>',
    });
    const record = await twilio.call().untilEnded();
    expect(record.outcome).toMatchObject({ kind: 'fault', reason: expect.stringContaining('never ends') });
  });
});
