import { maskedNumber } from '../shell/format.js';
import { TextField } from '../shell/parts/text-field.js';
import { type Customer, nameOf, vehicleText } from './customer.js';
import { useCustomerSearch } from './customer-search.js';

const MOST = 6;

interface CustomerPickerProps {
  readonly onPick: (customer: Customer) => void;
  readonly onType: (text: string) => void;
}

/** Finds a customer by name, number or plate as somebody types. */
export function CustomerPicker({ onPick, onType }: CustomerPickerProps) {
  const { found, fault, search } = useCustomerSearch(MOST);
  // Nothing is found while nothing is typed.
  const type = (text: string) => {
    if (text.trim() !== '') return search.ask(text);
    search.stop();
    found.value = null;
  };
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
      <div aria-live="polite">
        {found.value && <Found customers={found.value.customers} onPick={onPick} />}
      </div>
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
