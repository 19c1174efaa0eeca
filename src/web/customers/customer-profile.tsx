import { useSignal } from '@preact/signals';
import { useAnswer } from '../shell/answer.js';
import type { FinishedCall } from '../shell/answers.js';
import { dayAndTime, duration, shortDay } from '../shell/format.js';
import { outcomeName, outcomeTone } from '../shell/outcomes.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { Icon, IconButton } from '../shell/parts/icon.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { announce } from '../shell/parts/toast.js';
import { go } from '../shell/router.js';
import { serviceName } from '../shell/shop.js';
import type { Booked } from '../today/day.js';
import { STATUS_WORDS } from '../today/day.js';
import { type Customer, nameOf, type Vehicle, vehicleText } from './customer.js';
import { CustomerForm } from './customer-form.js';
import { EraseDialog } from './erase-dialog.js';
import { VehicleForm } from './vehicle-form.js';

const MOST = 20;

/** One customer: how to reach them, their cars, their visits and calls. */
export function CustomerProfile({ id }: { readonly id: string }) {
  const { value: customer, error, again } = useAnswer<Customer>(`/api/customers/${encodeURIComponent(id)}`);
  return (
    <section class="view">
      <a class="back" href="/customers">
        <Icon name="arrow-left" /> Customers
      </a>
      <Fault sentence={error} />
      {customer && <Profile customer={customer} onChanged={() => void again()} />}
    </section>
  );
}

interface ProfileProps {
  readonly customer: Customer;
  /** Called when what the gateway has is another than what is shown. */
  readonly onChanged: () => void;
}

function Profile({ customer, onChanged }: ProfileProps) {
  const open = useSignal<'edit' | 'erase' | null>(null);
  const show = (what: typeof open.value) => () => {
    open.value = what;
  };
  return (
    <>
      <header class="view-head">
        <h1>{nameOf(customer)}</h1>
        <div class="buttons">
          <button type="button" class="quiet" onClick={show('erase')}>
            <Icon name="trash-2" /> Erase
          </button>
          <button type="button" onClick={show('edit')}>
            <Icon name="pencil" /> Edit
          </button>
        </div>
      </header>
      <div class="profile">
        <Contact customer={customer} />
        <Vehicles customer={customer} onChanged={onChanged} />
        <Visits customer={customer} />
        <Calls id={customer.id} />
      </div>
      {open.value === 'edit' && (
        <CustomerForm
          customer={customer}
          onClose={show(null)}
          onKept={() => {
            open.value = null;
            onChanged();
          }}
        />
      )}
      {open.value === 'erase' && (
        <EraseDialog
          customer={customer}
          onClose={show(null)}
          onErased={(sentence) => {
            announce(sentence);
            go('/customers', { replace: true });
          }}
        />
      )}
    </>
  );
}

function Contact({ customer }: { readonly customer: Customer }) {
  return (
    <section class="panel" aria-labelledby="contact">
      <h2 id="contact">Contact</h2>
      <dl class="facts">
        <dt>Phone</dt>
        <dd>
          <CallerNumber number={customer.phone_number} />{' '}
          <a href={`tel:${customer.phone_number}`} aria-label={`Ring ${nameOf(customer)}`}>
            Ring
          </a>
        </dd>
        <dt>E-mail</dt>
        <dd>
          {customer.email === null ? (
            <span class="muted">none</span>
          ) : (
            <a href={`mailto:${customer.email}`}>{customer.email}</a>
          )}
        </dd>
        <dt>Last here</dt>
        <dd>
          {customer.last_service_date === null ? (
            <span class="muted">never</span>
          ) : (
            shortDay(customer.last_service_date)
          )}
        </dd>
        <dt>Notes</dt>
        <dd class="notes">{customer.notes ?? <span class="muted">none</span>}</dd>
      </dl>
    </section>
  );
}

function Vehicles({ customer, onChanged }: ProfileProps) {
  const open = useSignal<Vehicle | 'new' | null>(null);
  const show = (what: typeof open.value) => () => {
    open.value = what;
  };
  return (
    <section class="panel" aria-labelledby="vehicles">
      <header class="panel-head">
        <h2 id="vehicles">Vehicles</h2>
        <button type="button" class="quiet" onClick={show('new')}>
          <Icon name="plus" /> Add
        </button>
      </header>
      {customer.vehicles.length === 0 && <p class="muted">No vehicle yet.</p>}
      <ul class="rows">
        {customer.vehicles.map((vehicle) => (
          <li key={vehicle.id}>
            <span>
              {vehicleText(vehicle)}
              {vehicle.vin !== null && <span class="vin">{vehicle.vin}</span>}
            </span>
            <IconButton icon="pencil" label={`Edit ${vehicleText(vehicle)}`} onClick={show(vehicle)} />
          </li>
        ))}
      </ul>
      {open.value !== null && (
        <VehicleForm
          customerId={customer.id}
          {...(open.value === 'new' ? {} : { vehicle: open.value })}
          onClose={show(null)}
          onKept={() => {
            open.value = null;
            onChanged();
          }}
        />
      )}
    </section>
  );
}

type Visit = Pick<Booked, 'id' | 'service_type' | 'date' | 'status' | 'confirmed' | 'notes' | 'vehicle_id'>;

function Visits({ customer }: { readonly customer: Customer }) {
  const { value, error } = useAnswer<{ readonly appointments: readonly Visit[] }>(
    `/api/appointments?customer_id=${customer.id}&limit=${MOST}`,
  );
  const visits = value?.appointments.toSorted((one, other) => Date.parse(other.date) - Date.parse(one.date));
  return (
    <section class="panel" aria-labelledby="visits">
      <h2 id="visits">Visits</h2>
      <Fault sentence={error} />
      {visits?.length === 0 && <Empty>No appointments yet.</Empty>}
      <ul class="rows">
        {visits?.map(({ id, service_type, date, status, confirmed, notes, vehicle_id }) => {
          const vehicle = customer.vehicles.find((each) => each.id === vehicle_id);
          return (
            <li key={id}>
              <span>
                <a href={`/today?day=${date.slice(0, 10)}`}>{dayAndTime(date)}</a>
                <span class="row-more">
                  {[serviceName(service_type), vehicle && vehicleText(vehicle), notes]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </span>
              <span class={status === 'booked' && !confirmed ? 'tag warn' : 'tag'}>
                {status === 'booked' && !confirmed ? 'Unconfirmed' : STATUS_WORDS[status]}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Calls({ id }: { readonly id: number }) {
  const { value, error } = useAnswer<{ readonly calls: readonly FinishedCall[] }>(
    `/api/calls?customer_id=${id}&limit=${MOST}`,
  );
  return (
    <section class="panel" aria-labelledby="calls">
      <h2 id="calls">Calls</h2>
      <Fault sentence={error} />
      {value?.calls.length === 0 && <Empty>No calls yet.</Empty>}
      <ul class="rows">
        {value?.calls.map((call) => (
          <li key={call.call_sid}>
            <span>
              <a href={`/calls/${call.call_sid}`}>{dayAndTime(call.started_at)}</a>
              <span class="row-more">{call.summary ?? duration(call.duration_ms)}</span>
            </span>
            <span class={`tag ${outcomeTone(call.outcome)}`}>{outcomeName(call.outcome)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
