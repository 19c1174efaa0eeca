import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalizePhone } from '../../src/customers/phone-number.js';

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
