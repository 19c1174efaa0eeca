import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pseudonyms } from '../../src/recordings/pseudonyms.js';

const KEY = Buffer.alloc(32, 7);
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });
const around = fc.constantFrom('', ' ', '"', 'sip:', '/calls/', ', ', '(', '=');

describe('Pseudonyms', () => {
  it('keep the letters of a SID and the country code of a number', () => {
    const names = new Pseudonyms(KEY);
    expect(names.text('CA0123456789abcdef0123456789abcdef')).toMatch(/^CA[0-9a-f]{32}$/);
    expect(names.text('+15125550123')).toMatch(/^\+15550\d{6}$/);
    expect(names.text('+442079460123')).toMatch(/^\+440\d{9}$/);
    expect(names.text('+4915112345678')).toMatch(/^\+490\d{10}$/);
    expect(names.text('+35312345678')).toMatch(/^\+3530\d{7}$/);
    expect(names.text('+79161234567')).toMatch(/^\+70\d{9}$/);
    expect(names.text('From=%2B15125550123&')).toMatch(/^From=%2B15550\d{6}&$/);
  });

  it('are the same for the same original wherever it stands, and others under another key', () => {
    const names = new Pseudonyms(KEY);
    const number = names.text('+15125550123');
    expect(names.text('<sip:+15125550123@example.com>')).toBe(`<sip:${number}@example.com>`);
    expect(names.caller('+15125550123')).toBe(number);
    expect(new Pseudonyms(KEY).text('+15125550123')).toBe(number);
    expect(new Pseudonyms().text('+15125550123')).not.toBe(number);
    expect(names.text('+15125550124')).not.toBe(number);
  });

  it('are the same for a number however it is written, and keep how', () => {
    const names = new Pseudonyms(KEY);
    const digits = names.text('+15125550123').slice(2);
    const [area, exchange, line] = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)];
    expect(names.text('Call 512 555 0123.')).toBe(`Call ${area} ${exchange} ${line}.`);
    expect(names.text('(512) 555-0123')).toBe(`(${area}) ${exchange}-${line}`);
    expect(names.text('+1 512 555 0123')).toBe(`+1 ${area} ${exchange} ${line}`);
    expect(names.text('1 (512)%20555.0123')).toBe(`1 (${area})%20${exchange}.${line}`);
    expect(names.caller('5125550123')).toBe(digits);
  });

  it('leave what names nobody: words, keys, marks, short numbers', () => {
    const names = new Pseudonyms(KEY);
    const object = { event: 'mark', mark: { name: 'u12' }, n: 5, none: null, list: [true, '1'], key: '#' };
    expect(names.object(object)).toEqual(object);
    expect(names.caller('anonymous')).toBe('anonymous');
    expect(names.caller('')).toBe('');
  });

  it.each(['user101', 'j.doe-2', 'front_desk', 'Bob Smith', '汽车'])(
    'hide the name of the caller %s',
    (name) => {
      expect(new Pseudonyms(KEY).caller(name)).toMatch(/^caller-[0-9a-f]{8}$/);
    },
  );

  it('hide tokens, and names in the address of a caller', () => {
    const names = new Pseudonyms(KEY);
    const hidden = names.object({
      url: 'wss://voice.example.com/twilio/media/abc-DEF_123?x=1',
      customParameters: { sessionToken: 'very secret', authToken: 'too' },
    });
    expect(hidden).toEqual({
      url: 'wss://voice.example.com/twilio/media/[hidden]?x=1',
      customParameters: { sessionToken: '[hidden]', authToken: '[hidden]' },
    });
    expect(names.caller('sip:alice@example.com')).toMatch(/^sip:[0-9a-f]{8}$/);
    expect(names.caller('client:alice')).toMatch(/^client:[0-9a-f]{8}$/);
    expect(names.caller('12345')).toMatch(/^\d{5}$/);
  });

  it('leave no SID and no number in any text, and keep its length', () => {
    const names = new Pseudonyms(KEY);
    const sid = fc.tuple(fc.constantFrom('CA', 'MZ', 'AC', 'SM'), hex(32)).map((parts) => parts.join(''));
    const number = fc
      .tuple(fc.constantFrom('1', '44', '7', '353', '49'), digits(8, 11))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(sid, number, around, around, (someSid, someNumber, before, after) => {
        const text = `${before}${someSid}${after} ${before}+${someNumber}${after}`;
        const hidden = names.text(text);
        expect(hidden).toHaveLength(text.length);
        expect(hidden).not.toContain(someSid.slice(2));
        expect(hidden).not.toContain(someNumber);
        expect(hidden.slice(0, before.length)).toBe(before);
      }),
    );
  });
});
