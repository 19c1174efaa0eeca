import { Router } from 'express';
import type { CurrentShop } from '../../shop/shop.js';
import { serve } from './operation.js';
import { SHOP } from './shop-operations.js';

/** The shop's own settings. */
export function shopRoutes(current: CurrentShop): Router {
  const router = Router();
  serve(router, SHOP.get, () => {
    const { settings, locked, revision } = current.now;
    return { ...settings, locked, revision };
  });
  return router;
}
