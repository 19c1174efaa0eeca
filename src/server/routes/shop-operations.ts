import { z } from 'zod';
import { ShopChange } from '../../shop/shop-form.js';
import { Count } from './answer-fields.js';
import { operation } from './operation.js';

const tag = 'Shop';

const ShopAnswer = ShopChange.required()
  .extend({
    locked: z
      .array(z.string())
      .describe('the settings that the environment gives: they cannot be changed here'),
    revision: Count.describe('one more with every change'),
  })
  .meta({ id: 'Shop', description: 'What the shop has set, with what the environment gives over it.' });

export const SHOP = {
  get: operation({
    method: 'get',
    path: '/api/shop',
    id: 'getShop',
    tag,
    summary: "The shop's settings",
    answer: ShopAnswer,
    example: {},
  }),
};
