import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf, normalizePhone, partsOfNumber } from '../../src/customers/phone-number.js';

describe('a phone number', () => {
  test.each([
    ['+15125550123', '+15125550123'],
    ['512-555-0123', '+15125550123'],
    [' (512) 555.0123 ', '+15125550123'],
    ['1 512 555 0123', '+15125550123'],
    ['+15551234567', '+15551234567'],
    ['+49 170 1234567', '+491701234567'],
    ['011 44 20 7946 0123', '+442079460123'],
  ])('%s is %s', (raw, e164) => {
    expect(normalizePhone(raw)).toBe(e164);
  });

  test.each([
    ['marks of direction, as a telephone book has them', '\u202a+1 512 555 0106\u202c'],
    ['other marks of direction', '\u2066+1 512 555 0106\u2069\u200e'],
    ['hyphens that do not break', '+1\u2011512\u2011555\u20110106'],
    ['dashes', '512\u2013555\u20140106'],
    ['minus signs', '+1\u2212512\u2212555\u22120106'],
    ['spaces that do not break, narrow and wide', '+1\u00a0512\u202f555\u30000106'],
    ['spaces of no width, joiners and soft hyphens', '+1\u200b512\u200d555\u00ad01\u206006'],
    ['a byte order mark', '\ufeff+15125550106'],
    ['a link', 'tel:+15125550106'],
    ['a link in capitals', 'TEL:+1-512-555-0106'],
    ['a link with slashes', 'tel://512-555-0106'],
    ['a link in angle brackets', '<tel:+15125550106>'],
    ['quotes', '"+1 512 555 0106"'],
    ['curly quotes', '\u201c(512) 555-0106\u201d'],
    ['the end of a sentence', '+1 512 555 0106.'],
    ['a list', '+1 512 555 0106, '],
    ['slashes', '512/555-0106'],
    ['middle dots and bullets', '512\u00b7555\u20220106'],
    ['a country code in brackets', '(+1) 512 555 0106'],
    ['a picture of a telephone', '\u260e\ufe0f +1 512 555 0106'],
    [
      'letters of double width',
      '\uff0b\uff11 \uff15\uff11\uff12 \uff15\uff15\uff15 \uff10\uff11\uff10\uff16',
    ],
    ['Arabic digits', '+\u0661 \u0665\u0661\u0662 \u0665\u0665\u0665 \u0660\u0661\u0660\u0666'],
    ['lines', '\n+1 512\t555 0106\r\n'],
  ])('is read through %s', (_what, raw) => {
    expect(normalizePhone(raw)).toBe('+15125550106');
  });

  test.each([
    '+525512345678',
    '+5215512345678',
    '+52 1 55 1234 5678',
    '+52 (1) 55 1234-5678',
    '011 52 1 55 1234 5678',
    'tel:+52-1-55-1234-5678',
  ])('of a mobile in Mexico is one, with and without its old 1: %s', (raw) => {
    expect(normalizePhone(raw)).toBe('+525512345678');
  });

  test.each([
    ['+54 9 11 2345 6789', '+5491123456789'],
    ['+390612345678', '+390612345678'],
    ['+55 11 91234 5678', '+5511912345678'],
    ['+521234567890', '+521234567890'],
    ['+44 (0)20 7946 0123', '+442079460123'],
  ])('of another plan keeps its digits: %s', (raw, e164) => {
    expect(normalizePhone(raw)).toBe(e164);
  });

  test.each([
    'client:+15125550106',
    'tel:',
    'tel:+266696687',
    'tel:+1 512 555 0106;ext=7',
    '512 555 0106 or 0107',
    '512 555 0106 / 0107',
    '5125550106, 5125550107',
    '512 555 0106\u00b9',
    '++15125550106',
    '1\u2044512',
    'call me',
    '\u202a\u202c',
    `+1512555${'\u200b'.repeat(200)}0106`,
    '',
    ' ',
    '+',
    '+1',
    'anonymous',
    'Anonymous',
    'client:bob',
    'sip:+15125550123@example.com',
    '+266696687',
    '+7378742833',
    '+2562533',
    '+8566',
    '+8656696',
    '+86282452253',
    '911',
    '5550123',
    '512555012x',
    '+15125550123;ext=7',
    '+1512555012345678901234567890123456789012345',
    '+999123456789',
  ])('%j is none', (raw) => {
    expect(normalizePhone(raw)).toBeNull();
  });

  test('in E.164 stays as it is, and any text gives E.164 or null', { timeout: 60_000 }, () => {
    const digitsAndSigns = fc.string({ unit: fc.constantFrom(...'+0123456789 -().x;:') });
    fc.assert(
      fc.property(fc.oneof(digitsAndSigns, fc.string({ unit: 'binary' })), (raw) => {
        const number = normalizePhone(raw);
        if (number === null) return;
        expect(number).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(normalizePhone(number)).toBe(number);
      }),
    );
  });
});

describe('a part of a phone number', () => {
  const isIn = (part: string, number: string) => partsOfNumber(part).some((found) => number.includes(found));

  test.each([
    '+1 512 555-0123',
    '(512) 555 0123',
    '1-512-555-0123',
    '555-0123',
    '0123',
    '+1512',
    'tel:+1-512-555',
    '512.555',
    '00 1 512',
    '\u202a555\u20110123\u202c',
  ])('is found in +15125550123 when it is written as %s', (written) => {
    expect(isIn(written, '+15125550123')).toBe(true);
  });

  test.each(['030 1234', '+49 (0)30 1234', '0049 30 12345678'])(
    'is found in +493012345678 as %s',
    (written) => {
      expect(isIn(written, '+493012345678')).toBe(true);
    },
  );

  test.each(['Maria', '5', '', '   ', 'ABC 123', '%', '_', '512%', '+'])('is not "%s"', (written) => {
    expect(partsOfNumber(written)).toEqual([]);
  });

  test('that begins with a plus is the beginning', () => {
    expect(isIn('+512', '+15125550123')).toBe(false);
  });

  test('is found in the number wherever it was cut out', () => {
    const cut = fc.tuple(fc.nat({ max: 9 }), fc.integer({ min: 2, max: 10 }));
    fc.assert(
      fc.property(fc.stringMatching(/^[2-9]\d{9}$/), cut, (national, [from, length]) => {
        const part = national.slice(from, from + length);
        fc.pre(part.length > 1);
        expect(isIn(part, `+1${national}`)).toBe(true);
      }),
    );
  });
});

describe('the forms of a number', () => {
  test.each([
    ['+15125550123', '5125550123'],
    ['+15125550123', '15125550123'],
    ['+491701234567', '491701234567'],
    ['+525512345678', '+5215512345678'],
  ])('of %s have %s, which means it', (phone, form) => {
    expect(formsOf(phone)).toContain(form);
    expect(formsOf(phone)).toContain(phone);
  });

  test('all mean it, where they can be read', () => {
    for (const phone of ['+15125550123', '+525512345678'])
      for (const form of formsOf(phone).filter((each) => each.startsWith('+') || each.startsWith('1')))
        expect(normalizePhone(form)).toBe(phone);
  });
});
