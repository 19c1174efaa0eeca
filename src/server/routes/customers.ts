import { Router } from 'express';
import type { CustomerDesk } from '../../desk/customer-desk.js';
import {
  CustomerBody,
  CustomerChange,
  CustomerFilter,
  parse,
  pathId,
  VehicleBody,
  VehicleChange,
} from './api-input.js';

/** Customers and their vehicles. */
export function customerRoutes(desk: CustomerDesk): Router {
  const router = Router();
  router.get('/api/customers', async (request, response) => {
    response.json({ customers: await desk.list(parse(CustomerFilter, request.query)) });
  });
  router.post('/api/customers', async (request, response) => {
    response.status(201).json(await desk.create(parse(CustomerBody, request.body)));
  });
  router.get('/api/customers/:id', async (request, response) => {
    response.json(await desk.get(pathId(request.params.id)));
  });
  router.patch('/api/customers/:id', async (request, response) => {
    response.json(await desk.change(pathId(request.params.id), parse(CustomerChange, request.body)));
  });
  router.post('/api/customers/:id/vehicles', async (request, response) => {
    const vehicle = parse(VehicleBody, request.body);
    response.status(201).json(await desk.addVehicle(pathId(request.params.id), vehicle));
  });
  router.patch('/api/vehicles/:id', async (request, response) => {
    response.json(await desk.changeVehicle(pathId(request.params.id), parse(VehicleChange, request.body)));
  });
  router.delete('/api/vehicles/:id', async (request, response) => {
    await desk.removeVehicle(pathId(request.params.id));
    response.status(204).end();
  });
  return router;
}
