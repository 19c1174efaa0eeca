import { Router } from 'express';
import { z } from 'zod';
import { type OpenApiDocument, openApiDocument } from '../openapi-document.js';
import { ANALYTICS } from './analytics-operations.js';
import { APPOINTMENTS } from './appointment-operations.js';
import { CALENDAR } from './calendar-operations.js';
import { CALLS } from './call-operations.js';
import { CALLBACKS } from './callback-operations.js';
import { CUSTOMER_FILES } from './customer-import-operations.js';
import { CUSTOMERS } from './customer-operations.js';
import { DAYS } from './day-operations.js';
import { HEALTH } from './health-operations.js';
import { LIVE } from './live-operations.js';
import { type Operation, operation, serve } from './operation.js';
import { PHONE } from './phone-operations.js';
import { PHONE_RECORDINGS } from './phone-recording-operations.js';
import { REDIS } from './redis-operations.js';
import { SESSION } from './session-operations.js';
import { SHOP } from './shop-operations.js';

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
