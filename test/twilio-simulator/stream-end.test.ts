import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfBadUrl } from '../../packages/twilio-simulator/src/stream-end.js';
import { HANGUP, type OnMessage, type ScriptedGateway, streamTwiml } from '../support/scripted-gateway.js';
import { setUpSimulator } from '../support/simulated-call.js';

describe('the end of a stream', () => {
  const closeOnStart: OnMessage = ({ event }, socket) => {
    if (event === 'start') socket.close(1000);
  };
  const streamEvents = (gateway: ScriptedGateway) =>
    gateway.requests
      .filter(({ path }) => path === '/twilio/stream-status')
      .map(({ form }) => form.StreamEvent);

  it('asks for the action when the gateway has closed the stream', async () => {
    const { gateway, twilio } = await setUpSimulator({ onMessage: closeOnStart });
    const record = await twilio.call().untilEnded();
    expect(record.outcome).toEqual({ kind: 'hangup' });
    const action = gateway.requests.find(({ path }) => path === '/twilio/voice/next');
    expect(action?.form).toMatchObject({ CallStatus: 'in-progress', CallSid: record.callSid });
    expect(streamEvents(gateway).sort()).toEqual(['stream-started', 'stream-stopped']);
    expect(gateway.messages.some((message) => message.event === 'stop')).toBe(false);
    expect(gateway.paths().at(-1)).toBe('/twilio/call-status');
  });

  it('goes on with the next verb when there is no action', async () => {
    const { gateway, twilio } = await setUpSimulator({
      onMessage: closeOnStart,
      twiml: ({ path }, url) => (path === '/twilio/voice' ? streamTwiml(url, { action: false }) : HANGUP),
    });
    await twilio.call().untilEnded();
    expect(gateway.paths()).toContain('/twilio/voice/redirected');
    expect(gateway.paths()).not.toContain('/twilio/voice/next');
  });

  it.each([
    ['a drop without a close frame', (socket: { terminate(): void }) => socket.terminate(), '31903'],
    ['a close with an error code', (socket: { close(code: number): void }) => socket.close(1008), '31921'],
  ])('reports %s as stream-error and asks for the action', async (_what, end, code) => {
    const { gateway, twilio } = await setUpSimulator({
      onMessage: ({ event }, socket) => {
        if (event === 'start') end(socket);
      },
    });
    await twilio.call().untilEnded();
    const error = gateway.requests.find(({ form }) => form.StreamEvent === 'stream-error');
    expect(error?.form).toMatchObject({ StreamErrorCode: code, StreamSid: expect.stringMatching(/^MZ/) });
    expect(gateway.paths()).toContain('/twilio/voice/next');
  });

  it('reports a refused upgrade and asks for the action', async () => {
    const { gateway, twilio } = await setUpSimulator({ refuseUpgrade: 403 });
    const record = await twilio.call().untilEnded();
    expect(record.of('stream-ended')).toMatchObject([{ end: { how: 'broken', error: 31920 } }]);
    expect(streamEvents(gateway)).toEqual(['stream-error']);
    expect(record.outcome).toEqual({ kind: 'hangup' });
  });

  it.each([
    ['a query string', '?a=1', 31920],
    ['a fragment', '#a', 31923],
  ])('opens no stream for a URL with %s, and goes on with the action', async (_what, tail, error) => {
    const { gateway, twilio } = await setUpSimulator({
      twiml: ({ path }, url) =>
        path === '/twilio/voice' ? streamTwiml(url).replace('t0ken', `t0ken${tail}`) : HANGUP,
    });
    const record = await twilio.call().untilEnded();
    expect(record.of('stream-ended')).toMatchObject([{ end: { error } }]);
    expect(record.outcome).toEqual({ kind: 'hangup' });
    expect(gateway.upgrades).toEqual([]);
  });

  it('finds no stream for any URL with a fragment, a query string or another protocol than ws', () => {
    const urls = fc.webUrl({
      validSchemes: ['ws', 'wss', 'https'],
      withFragments: true,
      withQueryParameters: true,
    });
    fc.assert(
      fc.property(urls, (url) => {
        const { protocol, search, hash } = new URL(url);
        expect(endOfBadUrl(url) === null).toBe(protocol !== 'https:' && search === '' && hash === '');
      }),
    );
  });

  it('sends stop when the caller hangs up, then completed, and asks for nothing more', async () => {
    const { gateway, twilio } = await setUpSimulator();
    const call = twilio.call();
    await call.untilState('streaming');
    const record = await call.hangUp();
    expect(record.outcome).toEqual({ kind: 'caller-hung-up' });
    expect(gateway.messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: call.callSid } });
    expect(gateway.paths()).not.toContain('/twilio/voice/next');
    expect(gateway.requests.at(-1)?.form.CallStatus).toBe('completed');
    expect(streamEvents(gateway).sort()).toEqual(['stream-started', 'stream-stopped']);
  });

  it('opens a new stream with a new sid after a drop, when the action says so', async () => {
    const { gateway, twilio } = await setUpSimulator({ twiml: (_request, url) => streamTwiml(url) });
    const call = twilio.call();
    await call.untilState('streaming');
    call.dropSocket();
    await call.untilEvent('a second stream', () => call.record.of('stream-started').length === 2);
    const starts = call.record.of('stream-started').map((event) => event.streamSid);
    expect(new Set(starts).size).toBe(2);
    await call.hangUp();
    expect(gateway.messages.filter((message) => message.event === 'stop')).toHaveLength(1);
    const restarted = gateway.messages.filter((message) => message.event === 'start');
    expect(restarted.map((message) => message.sequenceNumber)).toEqual(['1', '1']);
    expect(streamEvents(gateway)).toContain('stream-error');
  });

  it('vanishes without a stop, an action or a callback', async () => {
    const { gateway, twilio } = await setUpSimulator();
    const call = twilio.call();
    await call.untilState('streaming');
    await call.untilEvent(
      'started is told',
      (event) => event.kind === 'request' && event.purpose === 'stream-status',
    );
    const record = await call.vanish();
    expect(record.outcome).toEqual({ kind: 'vanished' });
    expect(gateway.paths()).toEqual(['/twilio/voice', '/twilio/stream-status']);
    expect(gateway.messages.some((message) => message.event === 'stop')).toBe(false);
  });

  it('goes on at another gateway when requests are routed there', async () => {
    const publicUrl = 'https://shop.example';
    const { gateway: first, twilio } = await setUpSimulator(
      { twiml: () => streamTwiml(publicUrl) },
      { publicUrl },
    );
    const { gateway: second } = await setUpSimulator({ twiml: () => streamTwiml(publicUrl) });
    const call = twilio.call();
    await call.untilState('streaming');
    twilio.routeTo(second.url);
    await first.close();
    await call.untilEvent('a second stream', () => call.record.of('stream-started').length === 2);
    await call.hangUp();
    expect(second.paths()).toContain('/twilio/voice/next');
    expect(second.paths().at(-1)).toBe('/twilio/call-status');
    expect(second.messages.at(-1)).toMatchObject({ event: 'stop' });
  });
});
