import { Router } from 'express';
import type { ShopSettingsDesk } from '../../desk/shop-settings-desk.js';
import { serve } from './operation.js';
import { SHOP } from './shop-operations.js';

/** The shop's own settings, and the days on which it is closed. */
export function shopRoutes(desk: ShopSettingsDesk): Router {
  const router = Router();
  serve(router, SHOP.get, () => desk.get());
  serve(router, SHOP.change, ({ body }) => desk.change(body));
  serve(router, SHOP.closures, async ({ query }) => ({ closures: await desk.closures(query) }));
  serve(router, SHOP.addClosure, ({ body }) => desk.addClosure(body));
  serve(router, SHOP.removeClosure, ({ path }) => desk.removeClosure(path.id));
  return router;
}
