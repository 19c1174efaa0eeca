import { describe, expect, test } from 'vitest';
import { StreamMessages } from '../../../packages/twilio-simulator/src/stream-message.js';
import { CallerMessages, readAgentMessage } from '../../../src/web/phone/wire.js';

const identity = {
  accountSid: `AC${'a'.repeat(32)}`,
  callSid: `CA${'b'.repeat(32)}`,
  streamSid: `MZ${'c'.repeat(32)}`,
};

describe('the wire of the browser phone', () => {
  test('is Twilio’s to the byte, as the simulator writes it', () => {
    const [ours, twilios] = [new CallerMessages(identity), new StreamMessages(identity)];
    const frame = Uint8Array.from({ length: 160 }, (_, i) => i);
    const payload = Buffer.from(frame).toString('base64');
    expect([
      ours.start({ hop: '0' }),
      ours.media(frame),
      ours.dtmf('#'),
      ours.media(frame),
      ours.mark('m1'),
      ours.stop(),
    ]).toEqual([
      twilios.start({ hop: '0' }),
      twilios.media(60, payload),
      twilios.dtmf('#'),
      twilios.media(80, payload),
      twilios.mark('m1'),
      twilios.stop(),
    ]);
  });

  test('reads what the gateway sends, and acts on nothing else', () => {
    const { streamSid } = identity;
    const read = (message: unknown) => readAgentMessage(JSON.stringify(message), streamSid);
    expect(read({ event: 'media', streamSid, media: { payload: '/38A' } })).toEqual({
      event: 'media',
      audio: Uint8Array.of(0xff, 0x7f, 0),
    });
    expect(read({ event: 'mark', streamSid, mark: { name: 'm1' } })).toEqual({ event: 'mark', name: 'm1' });
    expect(read({ event: 'clear', streamSid })).toEqual({ event: 'clear' });
    for (const odd of [
      { event: 'clear' },
      { event: 'clear', streamSid: 'MZ' },
      { event: 'media', streamSid, media: { payload: '!' } },
      { event: 'mark', streamSid, mark: {} },
      { event: 'transfer', streamSid },
      null,
    ])
      expect(read(odd), JSON.stringify(odd)).toMatchObject({ event: 'odd' });
    expect(readAgentMessage('{', streamSid)).toMatchObject({ event: 'odd' });
  });
});
