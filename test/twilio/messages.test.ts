import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { parseMessage } from '../../src/twilio/messages.js';
import { runs } from '../support/property-runs.js';
import { StreamMessages } from '../support/stream-messages.js';

const twilio = new StreamMessages();
const { streamSid, callSid, accountSid } = twilio;

/** A copy of a message with the value at `path` replaced, or taken out when `value` is undefined. */
function changed(message: object, path: string, value?: unknown): string {
  const copy = JSON.parse(JSON.stringify(message));
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce((from, key) => from[key], copy);
  parent[last] = value;
  return JSON.stringify(copy);
}

function fault(text: string): string {
  try {
    parseMessage(text);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.code).toBe('BAD_MESSAGE');
    return error.message;
  }
  throw new Error(`This message was taken for good: ${text.slice(0, 200)}`);
}

describe('parseMessage', () => {
  it('reads connected', () => {
    expect(parseMessage(JSON.stringify(twilio.connected()))).toEqual({ event: 'connected' });
  });

  it('reads start with its call, account and parameters', () => {
    expect(parseMessage(JSON.stringify(twilio.start()))).toEqual({
      event: 'start',
      streamSid,
      callSid,
      accountSid,
      customParameters: { hop: '0' },
    });
  });

  it.each([undefined, null, 'x', ['a'], 7])('reads start with customParameters %j as none', (value) => {
    const start = parseMessage(changed(twilio.start(), 'start.customParameters', value));
    expect(start).toMatchObject({ event: 'start', customParameters: {} });
  });

  it('keeps of customParameters only the texts', () => {
    const text = changed(twilio.start(), 'start.customParameters', { a: 'b', c: 1, d: null, e: { f: 'g' } });
    expect(parseMessage(text)).toMatchObject({ customParameters: { a: 'b' } });
  });

  it('reads media, its audio decoded and its time in milliseconds', () => {
    const audio = Buffer.from([0, 0xff, 0x7f, 0x80]);
    expect(parseMessage(JSON.stringify(twilio.media(audio, 25)))).toEqual({
      event: 'media',
      streamSid,
      timestampMs: 25,
      audio,
    });
  });

  it.each([...'0123456789*#ABCD'])('reads the key %s', (digit) => {
    const message = twilio.dtmf(digit);
    const sequence = Number(message.sequenceNumber);
    expect(parseMessage(JSON.stringify(message))).toEqual({ event: 'dtmf', streamSid, digit, sequence });
  });

  it('reads a mark by its name, unchanged', () => {
    const name = 'utterance-7 "\u{1f697}"';
    expect(parseMessage(JSON.stringify(twilio.mark(name)))).toEqual({ event: 'mark', streamSid, name });
  });

  it('reads stop, also without the body that some documents leave out', () => {
    expect(parseMessage(JSON.stringify(twilio.stop()))).toEqual({ event: 'stop', streamSid });
    expect(parseMessage(changed(twilio.stop(), 'stop'))).toEqual({ event: 'stop', streamSid });
  });

  it('takes an event that Twilio may add one day as unknown', () => {
    const text = JSON.stringify({ event: 'sentiment', streamSid, sentiment: { mood: 'good' } });
    expect(parseMessage(text)).toEqual({ event: 'unknown' });
    expect(parseMessage('{"event":"__proto__"}')).toEqual({ event: 'unknown' });
  });

  it.each([twilio.start(), twilio.media(), twilio.dtmf('1'), twilio.mark('m'), twilio.stop()])(
    'ignores unknown fields in $event',
    (message) => {
      const bare = parseMessage(JSON.stringify(message));
      const more = { ...message, future: 1, __proto__x: {} };
      expect(parseMessage(JSON.stringify(more))).toEqual(bare);
      const inner = changed(message, `${message.event}.future`, ['x']);
      expect(parseMessage(inner)).toEqual(bare);
    },
  );

  const required: [string, object, string][] = [
    ['streamSid', twilio.start(), 'streamSid'],
    ['start', twilio.start(), 'start'],
    ['callSid', twilio.start(), 'start.callSid'],
    ['accountSid', twilio.start(), 'start.accountSid'],
    ['mediaFormat', twilio.start(), 'start.mediaFormat'],
    ['mediaFormat', twilio.start(), 'start.mediaFormat.encoding'],
    ['mediaFormat', twilio.start(), 'start.mediaFormat.sampleRate'],
    ['mediaFormat', twilio.start(), 'start.mediaFormat.channels'],
    ['streamSid', twilio.media(), 'streamSid'],
    ['media', twilio.media(), 'media'],
    ['timestamp', twilio.media(), 'media.timestamp'],
    ['payload', twilio.media(), 'media.payload'],
    ['streamSid', twilio.dtmf('1'), 'streamSid'],
    ['dtmf', twilio.dtmf('1'), 'dtmf'],
    ['digit', twilio.dtmf('1'), 'dtmf.digit'],
    ['streamSid', twilio.mark('m'), 'streamSid'],
    ['mark', twilio.mark('m'), 'mark'],
    ['name', twilio.mark('m'), 'mark.name'],
    ['streamSid', twilio.stop(), 'streamSid'],
    ['event', twilio.stop(), 'event'],
  ];
  const kinds = required.map(([field, message, path]) => ({
    field,
    message,
    path,
    kind: 'event' in message ? message.event : '',
  }));
  it.each(kinds)('names the field when $kind lacks or bends $path', ({ field, message, path }) => {
    // A time may be a JSON number.
    for (const value of [undefined, null, field === 'timestamp' ? -7 : 7, true, [], [[]]]) {
      expect(fault(changed(message, path, value))).toContain(field);
    }
    fault(changed(message, path, { toString: 1, valueOf: 1 }));
  });

  it.each([
    ['start.callSid', 'CA1'],
    ['start.callSid', `${callSid}\n`],
    ['start.callSid', `${callSid}0`],
    ['start.callSid', streamSid],
    ['streamSid', callSid],
    ['streamSid', ''],
    ['start.mediaFormat.encoding', 'audio/x-alaw'],
    ['start.mediaFormat.sampleRate', '8000'],
    ['start.mediaFormat.sampleRate', 16_000],
    ['start.mediaFormat.channels', 2],
  ])('refuses a start whose %s is %j', (path, value) => {
    fault(changed(twilio.start(), path, value));
  });

  it.each(['', ' ', '-1', '1.5', '1e3', '0x10', '+5', '1e999', 'NaN', '9'.repeat(16), '9'.repeat(400)])(
    'refuses the timestamp %j',
    (timestamp) => {
      expect(fault(changed(twilio.media(), 'media.timestamp', timestamp))).toContain('timestamp');
    },
  );

  it.each([-1, 1.5, 20.25, 1e15, 1e300, Number.MAX_SAFE_INTEGER, true, [20], { ms: 20 }])(
    'refuses the timestamp %j, which is no text',
    (timestamp) => {
      expect(fault(changed(twilio.media(), 'media.timestamp', timestamp))).toContain('timestamp');
    },
  );

  it.each(['0', '-0', '7', '20', '20.0', '1e3', '61020', '4294967296', '999999999999999'])(
    'reads the timestamp %s, written as a JSON number, as it reads the text of it',
    (number) => {
      const text = changed(twilio.media(), 'media.timestamp', 'HERE').replace('"HERE"', number);
      const asText = changed(twilio.media(), 'media.timestamp', String(Number(number)));
      expect(parseMessage(text)).toEqual(parseMessage(asText));
    },
  );

  it.each([
    ['"12"', 12],
    ['12', 12],
    ['"0012"', 12],
    ['0', 0],
    ['"999999999999999"', 999_999_999_999_999],
    ['999999999999999', 999_999_999_999_999],
    ['1e15', null],
    ['"1e3"', null],
    ['12.5', null],
    ['-1', null],
    ['""', null],
    ['null', null],
    ['true', null],
    ['[12]', null],
  ])('reads a key with the sequenceNumber %s, as %j', (written, sequence) => {
    const text = changed(twilio.dtmf('1'), 'sequenceNumber', 'HERE').replace('"HERE"', written);
    expect(parseMessage(text)).toEqual({ event: 'dtmf', streamSid, digit: '1', sequence });
  });

  it('reads a key without a sequenceNumber', () => {
    expect(parseMessage(changed(twilio.dtmf('1'), 'sequenceNumber'))).toMatchObject({ sequence: null });
  });

  const outbound = ['outbound', 'outbound_track', 'OUTBOUND', 'Outbound_Track'];
  it.each(outbound)('takes media and keys of the track %s for no act of the caller', (track) => {
    for (const message of [
      changed(twilio.media(), 'media.track', track),
      changed(twilio.dtmf('1'), 'dtmf.track', track),
      // Nobody hears it: what is wrong in it is no fault.
      changed(twilio.media(), 'media', { track }),
      changed(twilio.dtmf('1'), 'dtmf', { track, digit: 'x' }),
    ]) {
      expect(parseMessage(message)).toEqual({ event: 'outbound', streamSid });
    }
    expect(fault(changed({ ...twilio.media(), media: { track } }, 'streamSid'))).toContain('streamSid');
  });

  it.each([
    undefined,
    'inbound',
    'inbound_track',
    'INBOUND',
    'both',
    'both_tracks',
    '',
    'outbounds',
    ' outbound',
    null,
    7,
    {},
  ])('takes media and keys of the track %j for the caller', (track) => {
    expect(parseMessage(changed(twilio.media(), 'media.track', track))).toMatchObject({ event: 'media' });
    expect(parseMessage(changed(twilio.dtmf('1'), 'dtmf.track', track))).toMatchObject({ event: 'dtmf' });
  });

  it.each([
    '',
    '=',
    '====',
    'A===',
    'AAA',
    'AAAAA',
    'AA==AAAA',
    'AAAA AAA',
    'AAA\u0000',
    '\u00e4\u00e4\u00e4\u00e4',
  ])('refuses the payload %j', (payload) => {
    expect(fault(changed(twilio.media(), 'media.payload', payload))).toContain('payload');
  });

  it.each(['', '12', 'E', 'a', '\u0661', ' 1'])('refuses the key %j, without repeating it', (digit) => {
    const message = fault(changed(twilio.dtmf('1'), 'dtmf.digit', digit));
    expect(message).toBe('Malformed stream message: dtmf.digit is no key of a telephone');
  });

  it.each([
    '',
    'hello',
    'null',
    '7',
    '"text"',
    '[]',
    '[{"event":"stop"}]',
    '{',
    '\ufeff{}',
    '{}',
    '{"event":{}}',
  ])('refuses %j', (text) => {
    fault(text);
  });

  it('leaves no trace of a hostile __proto__', () => {
    const text = `{"event":"start","__proto__":{"streamSid":"${streamSid}"},"start":{"__proto__":{"callSid":"x"}}}`;
    fault(text);
    const parameters = changed(twilio.start(), 'start.customParameters', {}).replace(
      '"customParameters":{}',
      '"customParameters":{"__proto__":{"polluted":"yes"},"constructor":"c"}',
    );
    expect(parseMessage(parameters)).toMatchObject({ customParameters: { constructor: 'c' } });
    expect({}).not.toHaveProperty('polluted');
  });

  it('survives 60 kB of brackets, alone and in every field', () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    fault('['.repeat(60_000));
    fault(deep);
    for (const [, message, path] of required) {
      fault(changed(message, path, 'HERE').replace('"HERE"', deep));
    }
    expect(parseMessage(`{"event":"later","x":${deep}}`)).toEqual({ event: 'unknown' });
  });

  it('gives back exactly the bytes that went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1000 }), fc.nat(), (bytes, time) => {
        const message = parseMessage(JSON.stringify(twilio.media(Buffer.from(bytes), time)));
        expect(message).toMatchObject({ audio: Buffer.from(bytes), timestampMs: time });
      }),
    );
  });

  it('reads media the same in whatever order its fields stand', () => {
    const read = (text: string) => {
      try {
        return parseMessage(text);
      } catch (error) {
        return error instanceof GatewayError ? error.message : error;
      }
    };
    const payloads = fc.oneof(
      fc.base64String(),
      fc.string({ maxLength: 8, unit: fc.constantFrom('A', '=', '"', '+', 'é') }),
    );
    const times = fc.oneof(fc.nat().map(String), fc.constantFrom('', '-1', '1e3', '9999999999999999', '007'));
    fc.assert(
      fc.property(
        payloads,
        times,
        fc.constantFrom(streamSid, `${streamSid}0`, 'MZ'),
        (payload, timestamp, sid) => {
          const media = { track: 'inbound', chunk: '1', timestamp, payload };
          const head = { event: 'media', sequenceNumber: '2' };
          // The first as Twilio writes it.
          const usual = read(JSON.stringify({ ...head, media, streamSid: sid }));
          expect(read(JSON.stringify({ streamSid: sid, ...head, media }))).toEqual(usual);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('takes no payload with a character that base64 does not know', () => {
    const broken = fc
      .tuple(fc.base64String({ minLength: 4 }), fc.nat(), fc.constantFrom(' ', '\n', '!', '%', '.', '\u00df'))
      .map(([text, at, bad]) => {
        const index = at % text.length;
        return `${text.slice(0, index)}${bad}${text.slice(index + 1)}`;
      });
    fc.assert(
      fc.property(broken, (payload) => {
        expect(fault(changed(twilio.media(), 'media.payload', payload))).toContain('payload');
      }),
    );
  });

  it('throws BAD_MESSAGE or nothing, whatever comes', () => {
    const bent = fc
      .tuple(fc.constantFrom(...required), fc.jsonValue())
      .map(([[, message, path], value]) => changed(message, path, value));
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), bent);
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          parseMessage(text);
        } catch (error) {
          return error instanceof GatewayError && error.code === 'BAD_MESSAGE';
        }
        return true;
      }),
      { numRuns: runs(2000) },
    );
  });
});
