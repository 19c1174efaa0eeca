import { Router } from 'express';
import type { CustomerDesk } from '../../desk/customer-desk.js';
import { CUSTOMERS } from './customer-operations.js';
import { serve } from './operation.js';

/** Customers and their vehicles. */
export function customerRoutes(desk: CustomerDesk): Router {
  const router = Router();
  serve(router, CUSTOMERS.list, async ({ query }) => ({ customers: await desk.list(query) }));
  serve(router, CUSTOMERS.create, ({ body }) => desk.create(body));
  serve(router, CUSTOMERS.get, ({ path }) => desk.get(path.id));
  serve(router, CUSTOMERS.change, ({ path, body }) => desk.change(path.id, body));
  serve(router, CUSTOMERS.addVehicle, ({ path, body }) => desk.addVehicle(path.id, body));
  serve(router, CUSTOMERS.changeVehicle, ({ path, body }) => desk.changeVehicle(path.id, body));
  serve(router, CUSTOMERS.removeVehicle, ({ path }) => desk.removeVehicle(path.id));
  return router;
}
