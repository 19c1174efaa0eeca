import { Router } from 'express';
import type { CurrentShop } from '../../shop/shop.js';

/** The shop's own settings. */
export function shopRoutes(current: CurrentShop): Router {
  const router = Router();
  router.get('/api/shop', (_request, response) => {
    const { settings, locked, revision } = current.now;
    response.json({ ...settings, locked, revision });
  });
  return router;
}
