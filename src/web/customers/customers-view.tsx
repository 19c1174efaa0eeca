import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { reach, received, sentenceFor } from '../shell/api.js';
import { maskedNumber, shortDay } from '../shell/format.js';
import { Icon } from '../shell/parts/icon.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { go, query, setQuery } from '../shell/router.js';
import { serviceName } from '../shell/shop.js';
import type { ViewProps } from '../shell/view.js';
import { type Customer, nameOf, vehicleText } from './customer.js';
import { CustomerForm } from './customer-form.js';
import { CustomerProfile } from './customer-profile.js';
import { type Found, findCustomers, useCustomerSearch } from './customer-search.js';
import { ImportDialog } from './import-dialog.js';
import '../shell/style/forms.css';
import './customers.css';

const PAGE = 50;

/** The shop's customers: the list at `/customers`, one of them at `/customers/{id}`. */
export function CustomersView({ rest }: ViewProps) {
  return rest === '' ? <CustomerList /> : <CustomerProfile key={rest} id={rest} />;
}

/** All customers, or those who match what is typed. */
function CustomerList() {
  const { found, fault, search } = useCustomerSearch(PAGE);
  const typed = () => query.peek().get('q') ?? '';
  useEffect(() => void search.askNow(query.peek().get('q') ?? ''), [search]);
  return (
    <section class="view">
      <ListHead fault={fault} onImported={() => void search.askNow(typed())} />
      <label class="search">
        <span class="sr-only">Search customers</span>
        <Icon name="search" />
        <input
          type="search"
          autocomplete="off"
          placeholder="Name, number, VIN or plate"
          defaultValue={typed()}
          onInput={({ currentTarget: { value } }) => {
            setQuery({ q: value });
            search.ask(value);
          }}
        />
      </label>
      <Fault sentence={fault.value} />
      {found.value && <Results {...found.value} onMore={() => void more(found, fault)} />}
    </section>
  );
}

interface ListHeadProps {
  readonly fault: Signal<string | null>;
  readonly onImported: () => void;
}

function ListHead({ fault, onImported }: ListHeadProps) {
  const open = useSignal<'add' | 'import' | null>(null);
  const show = (what: typeof open.value) => () => {
    open.value = what;
  };
  const exportAll = () =>
    downloadCsv().catch((error) => {
      fault.value = sentenceFor(error);
    });
  return (
    <header class="view-head">
      <h1>Customers</h1>
      <div class="buttons">
        <button type="button" onClick={show('import')}>
          <Icon name="upload" /> Import
        </button>
        <button type="button" onClick={() => void exportAll()}>
          <Icon name="download" /> Export
        </button>
        <button type="button" class="primary" onClick={show('add')}>
          <Icon name="plus" /> Add
        </button>
      </div>
      {open.value === 'add' && (
        <CustomerForm onClose={show(null)} onKept={({ id }) => go(`/customers/${id}`)} />
      )}
      {open.value === 'import' && <ImportDialog onClose={show(null)} onImported={onImported} />}
    </header>
  );
}

/** The next page of the same search; nothing when another one has begun meanwhile. */
async function more(found: Signal<Found | null>, fault: Signal<string | null>): Promise<void> {
  const before = found.value;
  if (!before) return;
  try {
    const next = await findCustomers(before.q, PAGE, { before: before.customers.at(-1)?.id });
    if (found.value !== before) return;
    found.value = { ...next, customers: [...before.customers, ...next.customers] };
  } catch (error) {
    fault.value = sentenceFor(error);
  }
}

function Results({ customers, q, isWhole, onMore }: Found & { readonly onMore: () => void }) {
  if (customers.length === 0)
    return (
      <Empty>
        {q.trim() === ''
          ? 'No customers yet. Add one, or import a file from your previous program.'
          : 'Nobody has a name, number, VIN or plate like this.'}
      </Empty>
    );
  return (
    <>
      <p class="sr-only" role="status">
        {customers.length} {isWhole ? '' : 'or more '}found
      </p>
      <ul class="customer-list">
        {customers.map((customer) => (
          <li key={customer.id}>
            <a class="customer-row" href={`/customers/${customer.id}`}>
              <strong>{nameOf(customer)}</strong>
              <span class="number">{maskedNumber(customer.phone_number)}</span>
              <span class="muted">{customer.vehicles.map(vehicleText).join(' · ')}</span>
              <span class="customer-next">{nextText(customer)}</span>
            </a>
          </li>
        ))}
      </ul>
      {!isWhole && (
        <button type="button" onClick={onMore}>
          More customers
        </button>
      )}
    </>
  );
}

function nextText({ upcoming_appointments: [next], last_service_date: last }: Customer): string {
  if (next) return `${serviceName(next.service_type)} on ${shortDay(next.date)}`;
  return last === null ? '' : `last here ${shortDay(last)}`;
}

/** Asks for the whole list as CSV and gives it to the browser as a file. Throws as {@link reach} does. */
async function downloadCsv(): Promise<void> {
  const response = await reach('/api/customers', { headers: { Accept: 'text/csv' } });
  const list = await received(response.blob());
  const link = document.createElement('a');
  link.href = URL.createObjectURL(list);
  link.download = 'customers.csv';
  link.click();
  // The browser has taken the file when this turn is over.
  setTimeout(() => URL.revokeObjectURL(link.href));
}
