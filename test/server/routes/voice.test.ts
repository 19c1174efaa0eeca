import request from 'supertest';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newCallSid, postSigned, voiceForm } from '../../support/signed-request.js';
import {
  AUTH_TOKEN,
  NO_DATABASE,
  shopIsReady,
  startGateway,
  type TestGateway,
  TRANSFER_NUMBER,
} from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({ PUBLIC_URL: 'https://voice.example.com' }, undefined, (end) =>
    endings.push(end),
  );
  const { get } = house;
  // A public address closes the API, so the database is awaited by the readiness alone.
  await vi.waitFor(async () => expect(await get('/health/ready')).toEqual({ status: 'ok' }), 60_000);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>';

describe('POST /twilio/voice', () => {
  test('invites a stream with a token of its own, absolute addresses and a verb to follow', async () => {
    const answer = await postSigned(house, '/twilio/voice', voiceForm()).expect(200);
    expect(answer.headers['content-type']).toMatch(/^text\/xml/);
    expect(answer.text.replace(/media\/[\w-]{100,}/, 'media/TOKEN')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect action="https://voice.example.com/twilio/voice/next" method="POST">' +
        '<Stream url="wss://voice.example.com/twilio/media/TOKEN" statusCallback="https://voice.example.com/twilio/stream-status" statusCallbackMethod="POST">' +
        '<Parameter name="hop" value="0"/></Stream></Connect>' +
        '<Redirect method="POST">https://voice.example.com/twilio/voice/next</Redirect></Response>',
    );
  });

  test('answers a repeated webhook to the letter, and another call differently', async () => {
    const form = voiceForm();
    const [first, second] = await Promise.all([
      postSigned(house, '/twilio/voice', form),
      postSigned(house, '/twilio/voice', form),
    ]);
    const third = await postSigned(house, '/twilio/voice', form);
    expect(second.text).toBe(first.text);
    expect(third.text).toBe(first.text);
    expect((await postSigned(house, '/twilio/voice', voiceForm())).text).not.toBe(first.text);
  });

  test('hangs up on a replay after the call', async () => {
    const form = voiceForm();
    await postSigned(house, '/twilio/voice', form);
    await postSigned(house, '/twilio/call-status', { ...form, CallStatus: 'completed' });
    expect((await postSigned(house, '/twilio/voice', form)).text).toBe(HANG_UP);
  });

  test('refuses a wrong or missing signature with 403, and nothing else happens', async () => {
    const form = voiceForm();
    const refused = await request(house.url).post('/twilio/voice').type('form').send(form).expect(403);
    expect(refused.text).toBe('The signature is missing or wrong.\n');
    const wrong = request(house.url).post('/twilio/voice').type('form').set('X-Twilio-Signature', 'AAAA');
    await wrong.send(form).expect(403);
    const metrics = await request(house.url).get('/metrics');
    expect(metrics.text).toMatch(/bayline_webhook_rejects_total\{reason="signature"\} [12]/);
    // The call is new all the same: it is invited, not told that it is known.
    const replays = Number(/replays_total (\d+)/.exec(metrics.text)?.[1] ?? 0);
    await postSigned(house, '/twilio/voice', form).expect(200);
    expect((await request(house.url).get('/metrics')).text).toContain(`replays_total ${replays}\n`);
  });

  test.each([
    ['CallSid', '', 'The parameter CallSid is missing.'],
    ['CallSid', 'CA1', 'The parameter CallSid is malformed.'],
  ])('refuses %s=%s with 400, says so and logs it', async (name, value, sentence) => {
    const answer = await postSigned(house, '/twilio/voice', voiceForm({ [name]: value })).expect(400);
    expect(answer.text).toBe(`${sentence}\n`);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(house.log.text()).toContain(`"status":400,"reason":"${sentence}"`);
  });

  let calls = 0;
  test.each([
    ['a SIP header with a number', { 'SipHeader_X-Caller': '+15125550123' }],
    ['a parameter of a page', { customer_id: '12', From: 'client:webpage', Caller: 'client:webpage' }],
    ['no number', { From: 'user101' }],
    ['a status that we do not know', { CallStatus: 'dancing' }],
    ['60 kB', { Extra: 'x'.repeat(60_000) }],
    ['200 parameters more', Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`p${n}`, '1']))],
  ])('answers a call with %s', async (_what, more: Record<string, string>) => {
    // One number has three calls at most.
    calls += 1;
    const form = voiceForm({ From: `+15125551${100 + calls}`, ...more });
    const answer = await postSigned(house, '/twilio/voice', form).expect(200);
    expect(answer.text).toContain('<Connect');
  });

  test('refuses a form that is too large or has too many parameters', async () => {
    const large = voiceForm({ Extra: 'x'.repeat(70_000) });
    expect((await postSigned(house, '/twilio/voice', large).expect(413)).text).toBe(
      'The request is too large.\n',
    );
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`p${n}`, '1']));
    expect((await postSigned(house, '/twilio/voice', voiceForm(many)).expect(413)).text).toBe(
      'The request has too many parameters.\n',
    );
    expect(house.log.text()).toContain('"status":413,"reason":"The request is too large."');
  });
});

describe('POST /twilio/voice/next', () => {
  test('offers the stream three times to a call whose stream never opened, then a person', async () => {
    // The other tests' calls are of one number, and perhaps on their way yet.
    const form = voiceForm({ From: '+15125550188' });
    await postSigned(house, '/twilio/voice', form);
    const answers: string[] = [];
    while (answers.length < 10 && !answers.at(-1)?.includes('<Dial')) {
      answers.push(
        (await postSigned(house, '/twilio/voice/next', { ...form, CallStatus: 'in-progress' })).text,
      );
    }
    expect(answers.at(-1)).toContain(`>${TRANSFER_NUMBER}</Dial>`);
    const hops = answers.flatMap((answer) => /name="hop" value="(\d)"/.exec(answer)?.[1] ?? []);
    expect([...new Set(hops)]).toEqual(['1', '2', '3']);
    const again = await postSigned(house, '/twilio/voice/next', { ...form, CallStatus: 'in-progress' });
    expect(again.text).toBe(answers.at(-1));
  });

  test('counts the streams by the address that it is asked at, whatever this gateway knows of the call', async () => {
    const next = (hop: string) =>
      postSigned(house, `/twilio/voice/next?hop=${hop}`, voiceForm({ CallStatus: 'in-progress' }));
    expect((await next('2')).text).toContain('/twilio/voice/next?hop=3" method');
    expect((await next('3')).text).toContain(`>${TRANSFER_NUMBER}</Dial>`);
    expect((await next('many').expect(400)).text).toBe('The parameter hop is malformed.\n');
    const form = voiceForm({ CallStatus: 'in-progress' });
    const forged = webhooks.getExpectedTwilioSignature(
      AUTH_TOKEN,
      `${house.gateway.publicUrl}/twilio/voice/next?hop=3`,
      form,
    );
    const other = request(house.url).post('/twilio/voice/next').type('form');
    await other.set('X-Twilio-Signature', forged).send(form).expect(403);
  });

  test.each([
    ['client:webpage', ' callerId="+15125550199"'],
    ['sip:100@pbx.example', ' callerId="+15125550199"'],
    ['sip:+15125550101@pbx.example', ' callerId="+15125550199"'],
    ['whatsapp:+15125550101', ' callerId="+15125550199"'],
    ['tel:+15125550101', ' callerId="+15125550199"'],
    ['anonymous', ' callerId="+15125550199"'],
    ['', ' callerId="+15125550199"'],
    ['+266696687', ' callerId="+15125550199"'],
    ['user101', ' callerId="+15125550199"'],
    ['5125550101', ' callerId="+15125550199"'],
    ['+15125550101', ''],
    ['+525512345678', ''],
  ])('lets a person who is dialled for %s see a number', async (From, callerId) => {
    const form = voiceForm({ From, CallStatus: 'in-progress' });
    const { text } = await postSigned(house, '/twilio/voice/next?hop=99', form).expect(200);
    expect(text).toContain(`answerOnBridge="true"${callerId}>${TRANSFER_NUMBER}</Dial>`);
  });

  test('names no caller ID that is no number when no number was called', async () => {
    for (const To of ['client:shop', 'sip:shop@shop.sip.twilio.com', '']) {
      const form = voiceForm({ From: 'client:webpage', To, CallStatus: 'in-progress' });
      const { text } = await postSigned(house, '/twilio/voice/next?hop=99', form).expect(200);
      expect(text).toContain(`answerOnBridge="true">${TRANSFER_NUMBER}</Dial>`);
    }
  });

  test('hangs up after a dialled call, and apologises when nobody answered', async () => {
    const form = voiceForm({ CallStatus: 'in-progress' });
    const done = await postSigned(house, '/twilio/voice/next', { ...form, DialCallStatus: 'completed' });
    expect(done.text).toBe(HANG_UP);
    const nobody = await postSigned(house, '/twilio/voice/next', { ...form, DialCallStatus: 'no-answer' });
    expect(nobody.text).toMatch(/<Say[^>]*>We are sorry, nobody can take your call.*<Hangup\/>/);
  });

  test('hangs up when the call is over', async () => {
    const form = voiceForm({ CallStatus: 'completed' });
    expect((await postSigned(house, '/twilio/voice/next', form)).text).toBe(HANG_UP);
  });
});

describe('a gateway at its limit', () => {
  // Together, and so are their ends: each waits for a database that there is none of.
  test.concurrent.for([
    ['puts callers through', TRANSFER_NUMBER, `>${TRANSFER_NUMBER}</Dial>`],
    ['apologises without a transfer number', '', 'all our lines are busy'],
  ])('%s, also while draining', async ([, transfer = '', answer], { expect, onTestFinished }) => {
    const ends: (() => Promise<void>)[] = [];
    onTestFinished(async () => void (await Promise.all(ends.map((end) => end()))));
    const open = (env: Record<string, string>) =>
      startGateway({ ...NO_DATABASE, TRANSFER_NUMBER: transfer, ...env }, undefined, (end) => ends.push(end));
    const full = await open({ MAX_CALLS: '1' });
    expect((await postSigned(full, '/twilio/voice', voiceForm())).text).toContain('<Stream');
    expect((await postSigned(full, '/twilio/voice', voiceForm())).text).toContain(answer);
    const draining = await open({});
    await draining.gateway.drain();
    expect((await postSigned(draining, '/twilio/voice', voiceForm())).text).toContain(answer);
    await request(draining.url).get('/health/ready').expect(503, { status: 'draining' });
    await request(draining.url).get('/health').expect(200);
  });
});

describe('the status callbacks', () => {
  let live: TestGateway;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    live = await startGateway({}, undefined, (end) => ends.push(end));
    await shopIsReady(live);
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  const endedCalls = async () => {
    const { text } = await request(live.url).get('/metrics');
    const counts = [...text.matchAll(/bayline_calls_total\{[^}]*\} (\d+)\n/g)];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };

  test.each(['completed', 'failed', 'busy', 'no-answer', 'canceled'])(
    '%s ends a live call once',
    async (status) => {
      const before = await endedCalls();
      const call = live.twilio.call();
      await call.untilSpeaking();
      const form = { CallSid: call.callSid, CallStatus: status };
      await postSigned(live, '/twilio/call-status', form).expect(204);
      await postSigned(live, '/twilio/call-status', form).expect(204);
      expect(await live.get('/api/live')).toEqual({ live: [] });
      await call.hangUp();
      await expect
        .poll(() => live.get(`/api/calls/${call.callSid}`))
        .toMatchObject({ call_sid: call.callSid });
      expect(await endedCalls()).toBe(before + 1);
    },
  );

  test('other statuses and the ends of unknown calls change nothing', async () => {
    const CallSid = newCallSid();
    for (const CallStatus of ['ringing', 'in-progress', 'completed', 'ringing']) {
      await postSigned(house, '/twilio/call-status', { CallSid, CallStatus }).expect(204);
    }
    await postSigned(house, '/twilio/call-status', { CallSid, CallStatus: 'odd' }).expect(204);
    await postSigned(house, '/twilio/call-status', { CallSid }).expect(400);
  });

  test('a stream error is counted and logged, an unknown event is not', async () => {
    const CallSid = newCallSid();
    const fault = { CallSid, StreamEvent: 'stream-error', StreamError: '31921 - closed' };
    await postSigned(house, '/twilio/stream-status', fault).expect(204);
    await postSigned(house, '/twilio/stream-status', { CallSid, StreamEvent: 'stream-new' }).expect(204);
    await postSigned(house, '/twilio/stream-status', { CallSid }).expect(400);
    expect((await request(house.url).get('/metrics')).text).toContain('bayline_stream_errors_total 1\n');
    expect(house.log.text()).toContain('31921 - closed');
  });
});
