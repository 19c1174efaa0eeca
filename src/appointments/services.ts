import { GatewayError } from '../core/errors.js';
import { DEFAULT_SERVICES, type Service } from '../shop/service.js';

/** What a caller can bring a car in for, in the order of the touch-tone menu. */
export const SERVICES = DEFAULT_SERVICES;
export const SERVICE_TYPES: readonly string[] = SERVICES.map(({ type }) => type);

/** The service of that type, or `null` when there is none. */
export function findService(type: string): Service | null {
  return SERVICES.find((service) => service.type === type) ?? null;
}

/** The service of that type; throws `BAD_REQUEST` with the known types when there is none. */
export function serviceOf(type: string): Service {
  const service = findService(type);
  if (service) return service;
  throw new GatewayError('BAD_REQUEST', `service_type must be one of ${SERVICE_TYPES.join(', ')}`);
}
