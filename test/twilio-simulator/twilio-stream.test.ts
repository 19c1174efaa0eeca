import { describe, expect, it } from 'vitest';
import { ManualTicker } from '../support/manual-ticker.js';
import { arrived, clear, mark, media, setUpSimulator, setUpStartedCall } from '../support/simulated-call.js';

describe('the media stream', () => {
  it('begins with connected and start, numbers as strings', async () => {
    const { gateway, call } = await setUpStartedCall();
    await arrived(() => expect(gateway.messages).toHaveLength(2));
    const [connected, start] = gateway.messages;
    expect(connected).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(start).toEqual({
      event: 'start',
      sequenceNumber: '1',
      streamSid: expect.stringMatching(/^MZ[0-9a-f]{32}$/),
      start: {
        accountSid: expect.any(String),
        streamSid: start?.streamSid,
        callSid: call.callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { caller: 'a & b' },
      },
    });
  });

  it('sends 20 ms frames by the clock, and what is due after a late tick', async () => {
    const { gateway, ticker } = await setUpStartedCall();
    ticker.advance(19);
    ticker.advance(1);
    ticker.advance(85);
    await arrived(() => expect(gateway.messages).toHaveLength(7));
    ticker.advance(15);
    await arrived(() => expect(gateway.messages).toHaveLength(8));
    const frames = gateway.messages.slice(2);
    expect(frames.map((frame) => frame.sequenceNumber)).toEqual(['2', '3', '4', '5', '6', '7']);
    expect(frames[0]).toMatchObject({
      media: {
        track: 'inbound',
        chunk: '1',
        timestamp: '60',
        payload: Buffer.alloc(160, 0xff).toString('base64'),
      },
    });
    expect(frames[5]).toMatchObject({ media: { chunk: '6', timestamp: '160' } });
  });

  it("sends the caller's voice, and leaves gaps when silence is not sent", async () => {
    const ticker = new ManualTicker();
    const { gateway, twilio } = await setUpSimulator({}, { ticker });
    const call = twilio.call({ sendSilence: false });
    await arrived(() => expect(gateway.messages).toHaveLength(1));
    ticker.advance(20);
    ticker.advance(100);
    call.setVoice(Buffer.alloc(200, 0x12));
    ticker.advance(60);
    await call.untilVoiceSent();
    await arrived(() => expect(gateway.messages).toHaveLength(4));
    const padded = Buffer.concat([Buffer.alloc(40, 0x12), Buffer.alloc(120, 0xff)]);
    expect(gateway.messages.slice(2)).toMatchObject([
      { media: { chunk: '1', timestamp: '160', payload: Buffer.alloc(160, 0x12).toString('base64') } },
      { media: { chunk: '2', timestamp: '180', payload: padded.toString('base64') } },
    ]);
  });

  it('returns a mark when what came before it has been played', async () => {
    const { gateway, call, ticker } = await setUpStartedCall({
      onMessage: ({ event, streamSid }, socket) => {
        if (event !== 'start') return;
        socket.send(media(streamSid, Buffer.alloc(3200, 1)));
        socket.send(mark(streamSid, 'greeting'));
      },
    });
    await call.untilSpeaking();
    const spoken = call.untilSpoken();
    await arrived(() => expect(call.record.mediaBytes).toBe(3200));
    ticker.advance(399);
    expect(call.record.marks).toEqual([]);
    ticker.advance(1);
    await spoken;
    expect(call.record.marks).toMatchObject([{ name: 'greeting', played: true }]);
    await arrived(() => expect(gateway.messages).toContainEqual(expect.objectContaining({ event: 'mark' })));
    const echo = gateway.messages.find((message) => message.event === 'mark');
    expect(echo).toMatchObject({
      mark: { name: 'greeting' },
      sequenceNumber: expect.stringMatching(/^\d+$/),
    });
  });

  it('records silence within an utterance, and none between utterances', async () => {
    const { call, ticker } = await setUpStartedCall({
      onMessage: ({ event, streamSid }, socket) => {
        if (event === 'start' || event === 'dtmf') socket.send(media(streamSid, Buffer.alloc(160, 1)));
        if (event === 'dtmf') socket.send(mark(streamSid, 'end'));
      },
    });
    for (const [bytes, wait] of [
      [160, 60],
      [320, 300],
      [480, 20],
    ] as const) {
      await arrived(() => expect(call.record.mediaBytes).toBe(bytes));
      ticker.advance(wait);
      if (bytes < 480) call.press('1');
    }
    expect(call.record.gaps).toEqual([40]);
    expect(call.record.of('agent-speaks')).toHaveLength(2);
  });

  it('empties the play-out on clear: marks come back at once, the rest is never heard', async () => {
    const { gateway, call, ticker } = await setUpStartedCall({
      onMessage: ({ event, streamSid }, socket) => {
        if (event === 'start') {
          for (const name of ['a', 'b']) {
            socket.send(media(streamSid, Buffer.alloc(1600, 1)));
            socket.send(mark(streamSid, name));
          }
        }
        if (event === 'dtmf') socket.send(clear(streamSid));
      },
    });
    await arrived(() => expect(call.record.mediaBytes).toBe(3200));
    ticker.advance(100);
    call.press('7');
    await call.untilEvent('cleared', (event) => event.kind === 'clear');
    expect(call.record.marks).toMatchObject([
      { name: 'a', played: false },
      { name: 'b', played: false },
    ]);
    expect(call.record.clears).toMatchObject([{ lostMs: 300 }]);
    await arrived(() =>
      expect(gateway.messages.filter((message) => message.event === 'mark')).toHaveLength(2),
    );
    const digit = gateway.messages.find((message) => message.event === 'dtmf');
    expect(digit).toMatchObject({ dtmf: { track: 'inbound_track', digit: '7' } });
    ticker.advance(1000);
    const heard = await call.hangUp().then((record) => record.heardAudio());
    expect(heard.filter((byte) => byte === 1)).toHaveLength(800);
  });

  it('shares one gapless sequence among media, dtmf, mark and stop', async () => {
    const { gateway, call, ticker } = await setUpStartedCall({
      onMessage: ({ event, streamSid }, socket) => {
        if (event === 'dtmf') socket.send(mark(streamSid, 'now'));
      },
    });
    ticker.advance(40);
    call.press('#');
    await call.untilEvent('marked', (event) => event.kind === 'mark');
    ticker.advance(40);
    await call.hangUp();
    const sequenced = gateway.messages.slice(1);
    expect(sequenced.map((message) => message.event)).toEqual([
      'start',
      'media',
      'media',
      'dtmf',
      'mark',
      'media',
      'media',
      'stop',
    ]);
    expect(sequenced.map((message) => Number(message.sequenceNumber))).toEqual(
      sequenced.map((_, i) => i + 1),
    );
  });

  it('aligns both sides of the recording in time', async () => {
    const { call, ticker } = await setUpStartedCall({
      onMessage: ({ event, streamSid }, socket) => {
        if (event === 'start') socket.send(media(streamSid, Buffer.alloc(800, 1)));
      },
    });
    await arrived(() => expect(call.record.mediaBytes).toBe(800));
    call.setVoice(Buffer.alloc(800, 2));
    ticker.advance(200);
    const record = await call.hangUp();
    const [heard, said] = [record.heardAudio(), record.callerAudio()];
    expect(heard).toHaveLength(said.length);
    expect(heard.indexOf(1)).toBe(said.indexOf(2));
    expect(heard.lastIndexOf(1)).toBe(said.lastIndexOf(2));
  });

  it.each([
    ['a binary message', (streamSid: string) => Buffer.from(clear(streamSid)), 31950],
    ['an extra field', (streamSid: string) => JSON.stringify({ event: 'clear', streamSid, x: 1 }), 31951],
    ['a WAV header', (streamSid: string) => media(streamSid, Buffer.from('RIFF0000')), 31924],
    ['a wrong streamSid', () => clear('MZ'), 31951],
  ])('records %s as a protocol error', async (_what, make, code) => {
    const { twilio } = await setUpSimulator({
      onMessage: ({ event, streamSid }, socket) => {
        if (event === 'start') socket.send(make(streamSid));
      },
    });
    const call = twilio.call();
    await call.untilEvent('a protocol error', (event) => event.kind === 'protocol-error');
    expect(call.record.protocolErrors).toMatchObject([{ code }]);
  });

  it('records a message that comes before start', async () => {
    const ticker = new ManualTicker();
    const { twilio } = await setUpSimulator({ onOpen: (socket) => socket.send(clear('MZ')) }, { ticker });
    const call = twilio.call();
    await call.untilEvent('a protocol error', (event) => event.kind === 'protocol-error');
    expect(call.record.protocolErrors[0]?.message).toContain('before start');
  });
});
