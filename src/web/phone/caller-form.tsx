import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Customer, nameOf } from '../customers/customer.js';
import { findCustomers } from '../customers/customer-search.js';
import { SelectField, TextField } from '../shell/parts/text-field.js';

/** Who calls, as the page plays it. */
export interface CallerChoice {
  /** E.164, or `anonymous`. */
  readonly from: string;
  readonly attestation?: string;
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

const known = signal<readonly Customer[]>([]);
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
    findCustomers('', KNOWN_CALLERS).then(
      ({ customers }) => {
        known.value = customers;
      },
      // Without the customers an unknown number can still call.
      () => {},
    );
  }, []);
  return (
    <div class="caller-form">
      <SelectField
        label="Call as"
        value={chosen.value}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value;
        }}
      >
        <option value={UNKNOWN}>New caller</option>
        {known.value.map((customer) => (
          <option key={customer.phone_number} value={customer.phone_number}>
            {nameOf(customer) || 'A customer'} (…{customer.phone_number.slice(-4)})
          </option>
        ))}
        <option value={OTHER}>Another number</option>
        <option value={WITHHELD}>No number shown</option>
      </SelectField>
      {chosen.value === OTHER && <OtherNumber />}
      <CallerId />
    </div>
  );
}

function OtherNumber() {
  return (
    <TextField
      label="Number"
      hint="With its country: +1 512 555 0142"
      type="tel"
      value={number.value}
      onInput={({ currentTarget }) => {
        number.value = currentTarget.value;
      }}
    />
  );
}

function CallerId() {
  return (
    <SelectField
      label="Caller ID"
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
    </SelectField>
  );
}
