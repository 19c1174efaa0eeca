import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ask, sentenceFor } from '../shell/api.js';
import { maskedNumber } from '../shell/format.js';
import { TextField } from '../shell/parts/text-field.js';
import { type Customer, nameOf, vehicleText } from './customer.js';
import { LatestAnswer } from './latest-answer.js';

const MOST = 6;

interface CustomerPickerProps {
  readonly onPick: (customer: Customer) => void;
  readonly onType: (text: string) => void;
}

/** Finds a customer by name, number or plate as somebody types. */
export function CustomerPicker({ onPick, onType }: CustomerPickerProps) {
  const { found, fault, type } = useSearch();
  return (
    <div class="picker">
      <TextField
        label="Customer"
        hint="Name, number, VIN or plate"
        error={fault.value}
        type="search"
        placeholder="Search"
        onInput={({ currentTarget }) => {
          type(currentTarget.value);
          onType(currentTarget.value);
        }}
      />
      <div aria-live="polite">{found.value && <Found customers={found.value} onPick={onPick} />}</div>
    </div>
  );
}

interface FoundProps extends Pick<CustomerPickerProps, 'onPick'> {
  readonly customers: readonly Customer[];
}

function Found({ customers, onPick }: FoundProps) {
  if (customers.length === 0)
    return <p class="field-hint">Nobody has a name, number, VIN or plate like this.</p>;
  return (
    <ul class="picker-list">
      {customers.map((customer) => (
        <li key={customer.id}>
          <button type="button" class="picker-item" onClick={() => onPick(customer)}>
            <strong>{nameOf(customer)}</strong>{' '}
            <span class="muted">{maskedNumber(customer.phone_number)}</span>
            <span class="muted picker-cars">{customer.vehicles.map(vehicleText).join(' · ')}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What is found for the latest words; nothing while nothing is typed. */
function useSearch() {
  const found = useSignal<readonly Customer[] | null>(null);
  const fault = useSignal<string | null>(null);
  const search = useMemo(
    () =>
      new LatestAnswer<string, { readonly customers: readonly Customer[] }>({
        ask: (q, aborted) =>
          ask(`/api/customers?limit=${MOST}&q=${encodeURIComponent(q)}`, { signal: aborted }),
        tell: ({ customers }) => {
          found.value = customers;
          fault.value = null;
        },
        fail: (error) => {
          fault.value = sentenceFor(error);
        },
      }),
    [found, fault],
  );
  useEffect(() => () => search.stop(), [search]);
  const type = (text: string) => {
    if (text.trim() !== '') return search.ask(text);
    search.stop();
    found.value = null;
  };
  return { found, fault, type };
}
