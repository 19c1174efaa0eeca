import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from '../shell/api.js';
import { Field } from '../shell/parts/field.js';
import type { CallerChoice } from './phone-api.js';

interface KnownCaller {
  readonly phone_number: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
}

const UNKNOWN = 'unknown';
const OTHER = 'other';
const WITHHELD = 'withheld';
/** Given to nobody in North America, and no customer of the demo shop. */
const UNKNOWN_NUMBER = '+15125550177';
const KNOWN_CALLERS = 20;

const ATTESTATIONS = [
  { value: 'A', name: 'Proven (A)' },
  { value: 'B', name: 'Partly proven (B)' },
  { value: 'C', name: 'Not proven (C)' },
  { value: '', name: 'Not stated' },
];

const known = signal<readonly KnownCaller[]>([]);
const chosen = signal(UNKNOWN);
const number = signal('');
const attestation = signal('A');

/** Who the page calls as. */
export function callerChoice(): CallerChoice {
  const proven = attestation.value === '' ? {} : { attestation: attestation.value };
  if (chosen.value === WITHHELD) return { from: 'anonymous', ...proven };
  const from = { [UNKNOWN]: UNKNOWN_NUMBER, [OTHER]: number.value.trim() }[chosen.value] ?? chosen.value;
  return { from, ...proven };
}

/** Which number calls, and what the carrier says of it. */
export function CallerForm() {
  useEffect(() => {
    ask<{ customers: readonly KnownCaller[] }>(`/api/customers?limit=${KNOWN_CALLERS}`).then(
      ({ customers }) => {
        known.value = customers;
      },
      // Without the customers an unknown number can still call.
      () => {},
    );
  }, []);
  return (
    <div class="caller-form">
      <Field label="Call as">
        {(attributes) => (
          <select
            {...attributes}
            value={chosen.value}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            <option value={UNKNOWN}>New caller</option>
            {known.value.map((customer) => (
              <option key={customer.phone_number} value={customer.phone_number}>
                {nameOf(customer)} (…{customer.phone_number.slice(-4)})
              </option>
            ))}
            <option value={OTHER}>Another number</option>
            <option value={WITHHELD}>No number shown</option>
          </select>
        )}
      </Field>
      {chosen.value === OTHER && <OtherNumber />}
      <CallerId />
    </div>
  );
}

function OtherNumber() {
  return (
    <Field label="Number" hint="With its country: +1 512 555 0142">
      {(attributes) => (
        <input
          {...attributes}
          type="tel"
          autocomplete="off"
          value={number.value}
          onInput={({ currentTarget }) => {
            number.value = currentTarget.value;
          }}
        />
      )}
    </Field>
  );
}

function CallerId() {
  return (
    <Field label="Caller ID">
      {(attributes) => (
        <select
          {...attributes}
          value={attestation.value}
          onChange={({ currentTarget }) => {
            attestation.value = currentTarget.value;
          }}
        >
          {ATTESTATIONS.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function nameOf({ first_name, last_name }: KnownCaller): string {
  return [first_name, last_name].filter(Boolean).join(' ') || 'A customer';
}
