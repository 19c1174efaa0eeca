import { expect, test } from 'vitest';
import { findService, SERVICE_TYPES, SERVICES, serviceOf } from '../../src/appointments/services.js';

test('every service type has its service, in the order of the menu', () => {
  expect(SERVICES.map((service) => service.type)).toEqual(SERVICE_TYPES);
  for (const type of SERVICE_TYPES) expect(serviceOf(type).minutes).toBeGreaterThan(0);
});

test('an unknown type has none and is refused by name of the known ones', () => {
  expect(findService('toString')).toBeNull();
  expect(() => serviceOf('paint')).toThrow(/oil_change, brakes, tires, inspection, other/);
  expect(() => serviceOf('paint')).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});
