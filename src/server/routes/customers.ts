import { Router } from 'express';
import type { CustomerRecord } from '../../customers/customer.js';
import type { CustomerDesk } from '../../desk/customer-desk.js';
import { sendCsv, wantsCsv } from '../csv-answer.js';
import { CustomerFilter, parse } from './api-input.js';
import { customersCsv } from './csv-lists.js';
import { CUSTOMERS } from './customer-operations.js';
import { serve } from './operation.js';

/** Customers that are read at a time for a list as CSV. */
const CSV_PAGE = 100;

/** Customers and their vehicles. */
export function customerRoutes(desk: CustomerDesk): Router {
  const router = Router();
  router.get(CUSTOMERS.list.path, (request, response, next) => {
    if (!wantsCsv(request, response)) return next();
    const filter = parse(CustomerFilter, request.query);
    const page = (last: CustomerRecord | null) =>
      desk.list({ ...filter, limit: CSV_PAGE, before: last?.id ?? filter.before });
    return sendCsv(response, customersCsv(page));
  });
  serve(router, CUSTOMERS.list, async ({ query }) => ({ customers: await desk.list(query) }));
  serve(router, CUSTOMERS.create, ({ body }) => desk.create(body));
  serve(router, CUSTOMERS.get, ({ path }) => desk.get(path.id));
  serve(router, CUSTOMERS.change, ({ path, body }) => desk.change(path.id, body));
  serve(router, CUSTOMERS.addVehicle, ({ path, body }) => desk.addVehicle(path.id, body));
  serve(router, CUSTOMERS.changeVehicle, ({ path, body }) => desk.changeVehicle(path.id, body));
  serve(router, CUSTOMERS.removeVehicle, ({ path }) => desk.removeVehicle(path.id));
  return router;
}
