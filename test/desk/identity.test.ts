import { describe, expect, test } from 'vitest';
import { isAttested, mayHearPersonal } from '../../src/desk/identity.js';

const customer = {
  id: 1,
  phone_number: '+15125550123',
  first_name: 'Maria',
  last_name: 'Alvarez',
  email: null,
  vehicles: [],
  upcoming_appointments: [],
  last_service_date: null,
};

describe('who may hear something personal', () => {
  test.each([
    'TN-Validation-Passed-B',
    'TN-Validation-Passed-C',
    'TN-Validation-Passed-A-Diverted',
    'TN-Validation-Passed-A-Passthrough',
    'TN-Validation-Failed-A',
    'No-TN-Validation',
    'tn-validation-passed-a',
    ' TN-Validation-Passed-A',
    'A',
    '',
    null,
  ])('%j is no full attestation', (verdict) => {
    expect(isAttested(verdict)).toBe(false);
  });

  test('a customer whose number is fully attested, and nobody else', () => {
    const attested = isAttested('TN-Validation-Passed-A');
    expect(mayHearPersonal({ attested, customer })).toBe(true);
    expect(mayHearPersonal({ attested, customer: null })).toBe(false);
    expect(mayHearPersonal({ attested: false, customer })).toBe(false);
  });
});
