import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readServerMessage } from '../../packages/twilio-simulator/src/server-message.js';

const SID = 'MZ0123456789abcdef0123456789abcdef';
const read = (message: unknown) => readServerMessage(JSON.stringify(message), SID);
const kinds = (message: unknown) => read(message).faults.map(({ kind }) => kind);
const media = (payload: string) => ({ event: 'media', streamSid: SID, media: { payload } });

describe('readServerMessage', () => {
  it('reads every message in its documented form without a fault', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.string({ minLength: 1 }),
        (bytes, name) => {
          const audio = Buffer.from(bytes);
          expect(read(media(audio.toString('base64')))).toEqual({
            message: { event: 'media', audio },
            faults: [],
          });
          expect(read({ event: 'mark', streamSid: SID, mark: { name } })).toEqual({
            message: { event: 'mark', name },
            faults: [],
          });
        },
      ),
    );
    expect(read({ event: 'clear', streamSid: SID })).toEqual({ message: { event: 'clear' }, faults: [] });
  });

  it('finds something in any other text, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readServerMessage(text, SID).faults).not.toEqual([]);
      }),
    );
  });

  it('finds an extra field wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.boolean(), (name, value, inBody) => {
        fc.pre(!['event', 'streamSid', 'media', 'payload', '__proto__'].includes(name));
        const body = { payload: 'AAAA', ...(inBody ? { [name]: value } : {}) };
        const message = { event: 'media', streamSid: SID, media: body, ...(inBody ? {} : { [name]: value }) };
        expect(kinds(message)).toEqual(['extra-field']);
      }),
    );
  });

  it.each([
    [{ streamSid: SID }, ['missing-field']],
    [{ event: 7, streamSid: SID }, ['missing-field']],
    [{ event: 'media', streamSid: SID }, ['missing-field']],
    [{ event: 'media', streamSid: SID, media: { payload: null } }, ['missing-field']],
    [{ event: 'mark', streamSid: SID, mark: {} }, ['missing-field']],
    [{ event: 'stop', streamSid: SID }, ['unknown-event']],
    [{ event: 'constructor', streamSid: SID }, ['unknown-event']],
    [{ event: 'clear', streamSid: 'MZother' }, ['wrong-stream-sid']],
    [{ event: 'clear' }, ['wrong-stream-sid']],
    [{ event: 'clear', stream_sid: SID }, ['extra-field', 'wrong-stream-sid']],
    [{ event: 'mark', streamSid: SID, mark: { name: '' } }, ['empty-mark-name']],
    [media(''), ['empty-payload']],
    [['media'], ['not-json']],
  ])('says of %j: %j', (message, faults) => {
    expect(kinds(message)).toEqual(faults);
  });

  it.each([
    ['AA-_', 'base64url'],
    ['AAA', 'without its padding'],
    ['AA AA===', 'white space'],
    ['AA==AAAA', 'padding in its middle'],
    ['AAA!', 'no base64'],
    ['data:audio/basic;base64,AAAA', 'data: URL'],
  ])('says what is wrong with the payload %s', (payload, sentence) => {
    const { faults, message } = read(media(payload));
    expect(faults).toEqual([{ kind: 'bad-base64', sentence: expect.stringContaining(sentence) }]);
    expect(message).toMatchObject({ event: 'media' });
  });

  it('says how a field that is almost right is spelt', () => {
    expect(read({ event: 'clear', stream_sid: SID }).faults[0]?.sentence).toContain('it is spelt streamSid');
  });
});
