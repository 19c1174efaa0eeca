import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallScreen } from '../../../packages/twilio-simulator/src/call-command/call-screen.js';
import { wrap } from '../../../packages/twilio-simulator/src/lint/wrap.js';

function screenWithText(colour: boolean) {
  const written: string[] = [];
  const screen = new CallScreen({ write: (text) => written.push(text), columns: 60, colour });
  return { screen, written };
}

describe('CallScreen', () => {
  it('aligns time, speaker and words, and wraps words under themselves', () => {
    const { screen, written } = screenWithText(false);
    screen.line(310, 'agent', 'Thank you for calling Bayline Auto Repair. How can we help?');
    screen.line(12_340, 'caller', 'presses 1');
    expect(written.join('')).toBe(
      '  0.3 s  agent   Thank you for calling Bayline Auto Repair.\n' +
        '                 How can we help?\n' +
        ' 12.3 s  caller  presses 1\n',
    );
  });

  it('writes no escape codes without colour', () => {
    for (const colour of [true, false]) {
      const { screen, written } = screenWithText(colour);
      screen.line(0, 'system', 'booking');
      screen.fact('booked', 'oil change');
      expect(written.join('').includes('\u001b')).toBe(colour);
    }
  });
});

describe('wrap', () => {
  it('keeps every word in order and no line too long', () => {
    const word = fc.stringMatching(/^[a-z]{1,20}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.integer({ min: 20, max: 80 }), (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
