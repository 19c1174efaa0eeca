import { describe, expect, it } from 'vitest';
import { unspokenName } from '../../src/speech/speakable.js';

describe('a warning about the name of the shop', () => {
  it.each([
    'Bayline Auto Repair',
    "Joe's Garage",
    'Joe’s Garage',
    'José & Söhne',
    'Nguyễn Brakes',
    '24/7 Tires',
    'A-1 Auto – Main St.',
    'ＡＢＣ Motors',
  ])('is not given for %s', (name) => {
    expect(unspokenName(name)).toBeNull();
  });

  it.each(['Автосервис', '汽车维修', '自動車', 'ورشة', '정비소', 'Συνεργείο', '🚗🔧', '...', '———', '_'])(
    'says that callers hear no name for %s',
    (name) => {
      const warning = unspokenName(name);
      expect(warning).toContain(`SHOP_NAME "${name}"`);
      expect(warning).toContain('callers would not hear it at all');
      expect(warning).toContain('Write SHOP_NAME in English letters');
    },
  );

  it.each([
    ['Joe 汽车', '"Joe"'],
    ['Автосервис 24', '"24"'],
    ['Joe 🚗', '"Joe"'],
    ['Łukasz Garage', '"ukasz Garage"'],
    ['W'.repeat(40), `"${'W'.repeat(30)} ${'W'.repeat(10)}"`],
  ])('says what callers hear for %s', (name, heard) => {
    expect(unspokenName(name)).toContain(heard);
  });
});
