import type { z } from 'zod';
import type { Unchanged } from '../core/fields.js';
import { ServiceForm } from './shop-form.js';

/** What a caller can bring a car in for. */
export type Service = Unchanged<z.infer<typeof ServiceForm>>;

function service(type: string, choice: string, name: string, minutes: number): Service {
  return ServiceForm.parse({ type, name, choice, minutes });
}

/** The services of a shop that has set none, in the order of the touch-tone menu. */
export const DEFAULT_SERVICES: readonly Service[] = [
  service('oil_change', 'an oil change', 'oil change', 30),
  service('brakes', 'brakes', 'brake service', 120),
  service('tires', 'tires', 'tire service', 60),
  service('inspection', 'an inspection', 'inspection', 60),
  service('other', 'something else', 'service visit', 60),
];
