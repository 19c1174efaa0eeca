import { describe, expect, test } from 'vitest';
import { comparableWords, saidExactly } from '../../../src/agents/realtime/said-exactly.js';

describe('a transcript is the text', () => {
  test.each([
    ['Good morning!', 'good morning'],
    ['We open at 8:00.', 'We open at 8 00'],
    ['Press 1, or 2.', 'Press one, or two.'],
    ['In 35 minutes', 'in thirty-five minutes'],
    ['In 35 minutes', 'in thirty five minutes'],
    ["It's Müller's garage", 'Its Mullers garage'],
    ['Monday at 9 a.m.', 'Monday at nine AM'],
    ['At 9:30', 'at nine thirty'],
  ])('%j is said by %j', (text, transcript) => {
    expect(saidExactly(transcript, text)).toBe(true);
  });

  test.each([
    ['Good morning!', 'Good morning! How can I help?'],
    ['We open at 8:00.', 'We open at nine.'],
    ['We are closed on Sunday.', 'We are open on Sunday.'],
    ['Thank you for calling.', 'Thank you calling.'],
    ['Monday the 20th', 'Monday the 21st'],
    ['Yes.', ''],
  ])('%j is not said by %j', (text, transcript) => {
    expect(saidExactly(transcript, text)).toBe(false);
  });
});

test('a text without a word has none', () => {
  expect(comparableWords('… 🚗 — !')).toEqual([]);
});
