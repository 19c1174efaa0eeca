import { describe, expect, it } from 'vitest';
import { nextAddress, parseHop } from '../../src/twilio/paths.js';

describe('the address that says what comes next', () => {
  it('tells which stream of the call has ended', () => {
    for (const hop of [0, 3, 9999]) {
      const { pathname, searchParams } = new URL(nextAddress('https://voice.example.com', hop));
      expect(pathname).toBe('/twilio/voice/next');
      expect(parseHop(searchParams.get('hop') ?? undefined)).toBe(hop);
    }
  });

  it('without a number is that of the first stream', () => {
    expect(parseHop(undefined)).toBe(0);
  });

  it.each(['', '-1', '1.5', '0x1', '99999', 'NaN', ['1', '2'], { a: '1' }, null])(
    'with %j is refused',
    (value) => {
      expect(() => parseHop(value)).toThrow('The parameter hop is malformed.');
    },
  );
});
