import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containerOf } from '../../packages/twilio-simulator/src/audio-container.js';
import { readGatewayMessage } from '../../packages/twilio-simulator/src/gateway-message.js';

const SID = 'MZ0123456789abcdef0123456789abcdef';
const read = (message: unknown) => readGatewayMessage(JSON.stringify(message), SID);

describe('readGatewayMessage', () => {
  it('reads the three messages that Twilio knows', () => {
    const payload = Buffer.alloc(160, 0xff).toString('base64');
    expect(read({ event: 'media', streamSid: SID, media: { payload } })).toEqual({
      event: 'media',
      audio: Buffer.alloc(160, 0xff),
    });
    expect(read({ event: 'mark', streamSid: SID, mark: { name: 'a' } })).toEqual({
      event: 'mark',
      name: 'a',
    });
    expect(read({ event: 'clear', streamSid: SID })).toEqual({ event: 'clear' });
  });

  it.each([
    [{ event: 'media', streamSid: SID, media: { playload: 'AAAA' } }, 'media.playload'],
    [{ event: 'media', streamSid: SID, media: { payload: 'AAAA', track: 'outbound' } }, 'media.track'],
    [{ event: 'media', streamSid: SID, media: { payload: '' } }, 'empty payload'],
    [{ event: 'media', streamSid: SID, media: { payload: 'AAA' } }, 'without its padding'],
    [{ event: 'media', streamSid: SID, media: { payload: 'AA-_' } }, 'is base64url'],
    [{ event: 'media', streamSid: SID, media: 'AAAA' }, 'no "media" object'],
    [{ event: 'media', stream_sid: SID, media: { payload: 'AAAA' } }, 'unexpected field "stream_sid"'],
    [{ event: 'mark', streamSid: SID, mark: { name: 7 } }, 'no text in mark.name'],
    [{ event: 'clear', streamSid: SID, clear: {} }, 'unexpected field "clear"'],
    [{ event: 'clear', streamSid: 'MZother' }, 'not the one of its stream'],
    [{ event: 'clear' }, 'no streamSid'],
    [{ event: 'stop', streamSid: SID }, 'unknown event'],
    [{ event: 'toString', streamSid: SID }, 'unknown event'],
    [['media'], 'no JSON object'],
  ])('calls %j invalid (31951)', (message, reason) => {
    expect(read(message)).toEqual({ code: 31951, message: expect.stringContaining(reason) });
  });

  it('finds a WAV header in front of the audio (31924)', () => {
    const payload = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(40)]).toString('base64');
    expect(read({ event: 'media', streamSid: SID, media: { payload } })).toMatchObject({ code: 31924 });
  });

  it('takes any bytes as they are and never throws on any text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 500 }), fc.string(), (bytes, text) => {
        fc.pre(containerOf(Buffer.from(bytes)) === null);
        const payload = Buffer.from(bytes).toString('base64');
        expect(read({ event: 'media', streamSid: SID, media: { payload } })).toEqual({
          event: 'media',
          audio: Buffer.from(bytes),
        });
        expect(readGatewayMessage(text, SID)).toHaveProperty('message');
      }),
    );
  });
});
