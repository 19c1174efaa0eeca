import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeStream, startedStream, twilio } from '../support/fake-stream.js';

const { streamSid } = twilio;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what a media stream sends', () => {
  it('is media with exactly the documented fields', () => {
    const { stream, socket } = startedStream();
    stream.sendMedia(Buffer.from([0, 0xff, 0x7e, 0x81, 0x55]));
    expect(socket.sent).toEqual([
      `{"event":"media","streamSid":"${streamSid}","media":{"payload":"AP9+gVU="}}`,
    ]);
  });

  it('is mark and clear with exactly the documented fields', () => {
    const { stream, socket } = startedStream();
    stream.sendMark('utterance-1');
    stream.sendClear();
    expect(socket.sent).toEqual([
      `{"event":"mark","streamSid":"${streamSid}","mark":{"name":"utterance-1"}}`,
      `{"event":"clear","streamSid":"${streamSid}"}`,
    ]);
  });

  it('is nothing before the start', () => {
    const { stream, socket } = fakeStream();
    stream.sendMedia(Buffer.alloc(160));
    stream.sendMark('utterance-1');
    stream.sendClear();
    expect(socket.sent).toEqual([]);
  });

  it('is read by the other side as it was given, any audio and any mark name', () => {
    const { stream, socket } = startedStream();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 800 }), fc.string({ unit: 'binary' }), (bytes, name) => {
        const payload = Buffer.from(bytes).toString('base64');
        stream.sendMedia(Buffer.from(bytes));
        stream.sendMark(name);
        expect(socket.sent.splice(0).map((text) => JSON.parse(text))).toStrictEqual([
          { event: 'media', streamSid, media: { payload } },
          { event: 'mark', streamSid, mark: { name } },
        ]);
      }),
    );
  });

  it('is only the part of a larger buffer when that is what it is given', () => {
    const { stream, socket } = startedStream();
    stream.sendMedia(Buffer.from([1, 2, 3, 4, 5, 6]).subarray(2, 4));
    expect(JSON.parse(socket.sent.at(-1) ?? '')).toMatchObject({ media: { payload: 'AwQ=' } });
  });
});
