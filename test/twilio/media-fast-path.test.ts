import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { MediaFastPath, parseMessage } from '../../src/twilio/messages.js';
import { runs } from '../support/property-runs.js';
import { StreamMessages, streamSidOf } from '../support/stream-messages.js';

const twilio = new StreamMessages();
const { streamSid } = twilio;
const reader = new MediaFastPath(streamSid);
const read = (text: string) => reader.read(Buffer.from(text));

/** A media message in Twilio's order of fields. */
function written({ sequence = '3', chunk = '2', timestamp = '40', payload = 'AAECAw==', sid = streamSid }) {
  const media = { track: 'inbound', chunk, timestamp, payload };
  return JSON.stringify({ event: 'media', sequenceNumber: sequence, media, streamSid: sid });
}

function parsed(text: string) {
  try {
    return parseMessage(text);
  } catch (error) {
    return error instanceof GatewayError ? error.message : error;
  }
}

describe('MediaFastPath', () => {
  it('reads what Twilio writes: its audio decoded and its time in milliseconds', () => {
    expect(read(written({ timestamp: '61020' }))).toEqual({
      event: 'media',
      streamSid,
      timestampMs: 61_020,
      audio: Buffer.from([0, 1, 2, 3]),
    });
  });

  it('leaves another stream, another event and another order of fields to the parser', () => {
    expect(read(written({ sid: streamSidOf(2) }))).toBeNull();
    for (const message of [twilio.connected(), twilio.start(), twilio.dtmf('1'), twilio.stop()])
      expect(read(JSON.stringify(message))).toBeNull();
    const { event, ...rest } = JSON.parse(written({}));
    expect(read(JSON.stringify({ ...rest, event }))).toBeNull();
  });

  it('leaves what is cut off anywhere to the parser', () => {
    const whole = written({});
    for (let length = 0; length < whole.length; length++) expect(read(whole.slice(0, length))).toBeNull();
    expect(read(`${whole} `)).toBeNull();
    expect(read(` ${whole}`)).toBeNull();
  });

  it('gives back exactly the bytes that went in, whatever the numbers', () => {
    const digits = fc.nat().map(String);
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(bytes, digits, digits, fc.nat(), (audio, sequence, chunk, time) => {
        const payload = Buffer.from(audio).toString('base64');
        const text = written({ sequence, chunk, timestamp: String(time), payload });
        expect(read(text)).toEqual({
          event: 'media',
          streamSid,
          timestampMs: time,
          audio: Buffer.from(audio),
        });
      }),
    );
  });

  it('gives what the parser gives or leaves it to the parser, whatever stands in the fields', () => {
    const odd = fc.string({ maxLength: 12, unit: fc.constantFrom(...'A=B"+,:{}x7 \\é') });
    const payload = fc.oneof(fc.base64String(), odd);
    const digits = fc.oneof(
      fc.nat().map(String),
      odd,
      fc.constantFrom('', '007', '9'.repeat(15), '9'.repeat(16)),
    );
    fc.assert(
      fc.property(digits, digits, digits, payload, (sequence, chunk, timestamp, audio) => {
        const text = written({ sequence, chunk, timestamp, payload: audio });
        expect([null, parsed(text)]).toContainEqual(read(text));
      }),
      { numRuns: runs(1000) },
    );
  });

  it('gives what the parser gives or leaves it to the parser, whatever bytes are changed on the way', () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"},:{09A='))));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const data = Buffer.from(written({}));
        for (const [at, byte] of changes) data[at % data.length] = byte;
        expect([null, parsed(String(data))]).toContainEqual(reader.read(data));
      }),
      { numRuns: runs(2000) },
    );
  });

  it('reads the same whether numbers are texts or JSON numbers, and whatever the track', () => {
    const number = fc.oneof(
      fc.nat().map(String),
      fc.constantFrom('0', '-0', '-1', '1.5', '2.0', '1e3', '1e15', '1e-3', '9'.repeat(15), '9'.repeat(16)),
    );
    const field = fc.tuple(number, fc.boolean()).map(([value, isText]) => (isText ? `"${value}"` : value));
    const tracks = fc.constantFrom(
      '"inbound"',
      '"outbound"',
      '"inbound_track"',
      '"outbound_track"',
      '""',
      'null',
    );
    fc.assert(
      fc.property(field, field, field, tracks, (sequence, chunk, timestamp, track) => {
        const media = `{"track":${track},"chunk":${chunk},"timestamp":${timestamp},"payload":"AAECAw=="}`;
        const text = `{"event":"media","sequenceNumber":${sequence},"media":${media},"streamSid":"${streamSid}"}`;
        expect([null, parsed(text)]).toContainEqual(read(text));
        const isUsual = [sequence, chunk, timestamp].every((each) => /^"\d{1,15}"$/.test(each));
        expect(read(text) !== null).toBe(isUsual && track === '"inbound"');
      }),
      { numRuns: runs(1000) },
    );
  });

  it('is no way around the fields that a message may have twice', () => {
    const text = written({ payload: 'AAAA","payload":"BBBB' }).replaceAll('\\"', '"');
    expect(read(text)).toBeNull();
    expect(parsed(text)).toMatchObject({ audio: Buffer.from('BBBB', 'base64') });
  });
});
