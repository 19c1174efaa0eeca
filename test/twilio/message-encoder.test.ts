import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageEncoder } from '../../src/twilio/messages.js';
import { streamSidOf } from '../support/stream-messages.js';

describe('MessageEncoder', () => {
  const encoder = new MessageEncoder(streamSidOf(0xabc));

  it('writes media with exactly the documented fields', () => {
    const audio = Buffer.from([0, 0xff, 0x7e, 0x81, 0x55]);
    expect(encoder.media(audio)).toBe(
      `{"event":"media","streamSid":"${streamSidOf(0xabc)}","media":{"payload":"AP9+gVU="}}`,
    );
  });

  it('writes mark and clear with exactly the documented fields', () => {
    expect(encoder.mark('utterance-1')).toBe(
      `{"event":"mark","streamSid":"${streamSidOf(0xabc)}","mark":{"name":"utterance-1"}}`,
    );
    expect(encoder.clear()).toBe(`{"event":"clear","streamSid":"${streamSidOf(0xabc)}"}`);
  });

  it('writes any audio and any mark name so that the other side reads the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), fc.string({ unit: 'binary' }), (bytes, name) => {
        const payload = Buffer.from(bytes).toString('base64');
        const sid = streamSidOf(0xabc);
        expect(JSON.parse(encoder.media(Buffer.from(bytes)))).toStrictEqual({
          event: 'media',
          streamSid: sid,
          media: { payload },
        });
        expect(JSON.parse(encoder.mark(name))).toStrictEqual({
          event: 'mark',
          streamSid: sid,
          mark: { name },
        });
      }),
    );
  });

  it('reads only a part of a larger buffer when that is what it is given', () => {
    const pool = Buffer.from([1, 2, 3, 4, 5, 6]);
    expect(JSON.parse(encoder.media(pool.subarray(2, 4)))).toMatchObject({ media: { payload: 'AwQ=' } });
  });
});
