import { Router } from 'express';
import { z } from 'zod';
import { type OpenApiDocument, openApiDocument } from '../openapi-document.js';
import { ANALYTICS } from './analytics.js';
import { APPOINTMENTS } from './appointments.js';
import { CALENDAR } from './calendar.js';
import { CALLBACKS } from './callbacks.js';
import { CALLS } from './calls.js';
import { CUSTOMER_FILES } from './customer-import.js';
import { CUSTOMERS } from './customers.js';
import { DAYS } from './day.js';
import { HEALTH } from './health.js';
import { LIVE } from './live.js';
import { type Operation, operation, serve } from './operation.js';
import { PHONE } from './phone.js';
import { PHONE_RECORDINGS } from './phone-recordings.js';
import { REDIS } from './redis.js';
import { SESSION } from './session.js';
import { SHOP } from './shop.js';

const DOCUMENT = operation({
  method: 'get',
  path: '/api/openapi.json',
  id: 'getDocument',
  tag: 'Health',
  summary: 'This document',
  answer: z.looseObject({ openapi: z.string() }),
  example: {},
});

/** Every operation that the document shows, in its order. */
export const OPERATIONS: readonly Operation[] = [
  ...Object.values(CUSTOMERS),
  ...Object.values(CUSTOMER_FILES),
  ...Object.values(APPOINTMENTS),
  ...Object.values(DAYS),
  ...Object.values(CALENDAR),
  ...Object.values(CALLS),
  ...Object.values(CALLBACKS),
  ...Object.values(ANALYTICS),
  ...Object.values(LIVE),
  ...Object.values(PHONE),
  ...Object.values(PHONE_RECORDINGS),
  ...Object.values(SHOP),
  ...Object.values(SESSION),
  ...Object.values(HEALTH),
  ...Object.values(REDIS),
  DOCUMENT,
];

/** The OpenAPI document, made when it is first asked for. */
export function openApiRoutes(): Router {
  const router = Router();
  let made: OpenApiDocument | null = null;
  serve(router, DOCUMENT, () => {
    made ??= openApiDocument(OPERATIONS);
    return { ...made };
  });
  return router;
}
