import { expect, test } from 'vitest';
import { preparedSentences } from '../../../src/agents/keypad/prepared-sentences.js';
import { shopFacts } from '../../../src/agents/shop-facts.js';
import { shopOf } from '../../../src/shop/shop.js';
import { ShopChange } from '../../../src/shop/shop-form.js';
import { MAX_CHARACTERS } from '../../../src/speech/flite-voice.js';
import { nineServices } from '../../support/nine-services.js';

test('the voice can say every sentence of the shop with the longest settings there can be', () => {
  const long = (length: number) =>
    'word '
      .repeat(length)
      .slice(0, length - 1)
      .concat('s');
  const set = ShopChange.parse({
    name: long(60),
    address: long(200),
    hours: Array.from({ length: 14 }, (_, hour) => `${10 + hour}:17-${10 + hour}:57`).join(' '),
    services: nineServices().map((service) => ({ ...service, name: long(60), choice: long(60) })),
  });
  const sentences = preparedSentences(shopFacts(shopOf({ set, retired: {} })));
  expect(sentences.filter(({ length }) => length > MAX_CHARACTERS)).toEqual([]);
  expect(sentences.filter((sentence) => sentence.includes('seventeen p.m.')).length).toBeGreaterThan(1);
});
