import { GatewayError } from '../core/errors.js';

/** What a caller can bring a car in for, in the order of the touch-tone menu. */
export const SERVICE_TYPES = ['oil_change', 'brakes', 'tires', 'inspection', 'other'] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];

export interface Service {
  readonly type: ServiceType;
  /** As a choice in a list: "an oil change", "brakes". */
  readonly choice: string;
  /** What is booked, fit to follow "your": "oil change", "brake service". */
  readonly noun: string;
  /** How long it keeps a bay. */
  readonly minutes: number;
}

export const SERVICES: readonly Service[] = [
  { type: 'oil_change', choice: 'an oil change', noun: 'oil change', minutes: 30 },
  { type: 'brakes', choice: 'brakes', noun: 'brake service', minutes: 120 },
  { type: 'tires', choice: 'tires', noun: 'tire service', minutes: 60 },
  { type: 'inspection', choice: 'an inspection', noun: 'inspection', minutes: 60 },
  { type: 'other', choice: 'something else', noun: 'service visit', minutes: 60 },
];

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
