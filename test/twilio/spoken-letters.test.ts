import { describe, expect, it } from 'vitest';
import { lettersOf, mostLettersOf } from '../../src/twilio/spoken-letters.js';

const letters = (words: string) => words.replaceAll(/[^a-z]/g, '').length;

describe('the letters of a word as it is said', () => {
  it.each([
    ['Monday,', 'monday'],
    ['9:00', 'nine'],
    ['10:30', 'ten thirty'],
    ['2:05', 'two oh five'],
    ['12', 'twelve'],
    ['30,', 'thirty'],
    ['3,000', 'three thousand'],
    ['94,102', 'ninety four thousand one hundred two'],
    ['2026', 'twenty twenty six'],
    ['94102', 'nine four one zero two'],
    ['$45', 'forty five dollars'],
    ['$1,240.50.', 'one thousand two hundred forty dollars and cents fifty'],
    ['F-150', 'ef one five zero'],
  ])('%s counts as "%s"', (word, said) => {
    expect(lettersOf(word)).toBe(letters(said));
  });

  it.each([
    ['AM', 6],
    ['p.m.', 6],
    ['BMW', 9],
    ['I', 2],
    ['—', 2],
    ['OIL-CHANGE', 9],
  ])('%s counts %d', (word, count) => {
    expect(lettersOf(word)).toBe(count);
  });
});

describe('the most letters of a word', () => {
  it.each([
    ['1250', 'one thousand two hundred fifty'],
    ['250', 'two hundred fifty'],
    ['2026', 'two thousand twenty six'],
    ['9:30', 'nine thirty'],
    ['Monday,', 'monday'],
  ])('of %s are those of "%s"', (word, said) => {
    expect(mostLettersOf(word)).toBe(letters(said));
  });
});
