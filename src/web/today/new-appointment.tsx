import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type Customer, nameOf, vehicleText } from '../customers/customer.js';
import { PersonFields, typedPerson } from '../customers/customer-form.js';
import { CustomerPicker } from '../customers/customer-picker.js';
import { ask } from '../shell/api.js';
import { sentenceCase } from '../shell/format.js';
import { FormDialog, typed } from '../shell/parts/form-dialog.js';
import { Check, SelectField, TextArea } from '../shell/parts/text-field.js';
import { shop } from '../shell/shop.js';
import { BookingTries, type Made } from './booking-tries.js';
import { type When, WhenFields } from './when-fields.js';

/** Whom an appointment is for: a customer who was found; `new`: one who is typed; null: nobody yet. */
type Whom = Customer | 'new' | null;

interface NewAppointmentProps {
  /** What was clicked, or the day that is looked at. */
  readonly when: When;
  readonly onClose: () => void;
  readonly onMade: (made: Made) => void;
}

/** The form of a new appointment. */
export function NewAppointment({ when: first, onClose, onMade }: NewAppointmentProps) {
  const when = useSignal(first);
  const whom = useSignal<Whom>(null);
  const services = shop.value?.services ?? [];
  const service = useSignal(services[0]?.type ?? '');
  const minutes = services.find(({ type }) => type === service.value)?.minutes ?? 30;
  const tries = useMemo(() => new BookingTries(), []);
  const send = async (fields: FormData) => {
    // Kept when the booking is refused: the customer is there then.
    if (whom.value === 'new')
      whom.value = await ask<Customer>('/api/customers', { method: 'POST', body: typedPerson(fields) });
    const body = { ...bookingOf(fields, whom.value, when.value), service_type: service.value };
    onMade(await tries.book(when.value.day, body));
  };
  return (
    <FormDialog title="New appointment" action="Book" onClose={onClose} onSend={send}>
      <WhomFields
        whom={whom.value}
        onChange={(chosen) => {
          whom.value = chosen;
        }}
      />
      <SelectField
        label="Service"
        value={service.value}
        onChange={({ currentTarget }) => {
          service.value = currentTarget.value;
        }}
      >
        {services.map(({ type, name, minutes: takes }) => (
          <option key={type} value={type}>
            {sentenceCase(name)} ({takes} min)
          </option>
        ))}
      </SelectField>
      <WhenFields
        when={when.value}
        minutes={minutes}
        onChange={(changed) => {
          when.value = changed;
        }}
      />
      <TextArea label="Note" hint="For staff; callers never hear it" name="notes" maxLength={2000} />
      <Check label="The customer knows of it" name="confirmed" defaultChecked />
    </FormDialog>
  );
}

/** Lead time and cut-off bind callers, not the counter. */
function bookingOf(fields: FormData, customer: Customer | null, { start, bay }: When) {
  const vehicle = Number(typed(fields, 'vehicle'));
  return {
    date: start ?? '',
    bay,
    customer_id: customer?.id ?? null,
    vehicle_id: customer === null || vehicle === 0 ? null : vehicle,
    notes: typed(fields, 'notes') || null,
    confirmed: fields.has('confirmed'),
    override: true,
  };
}

interface WhomFieldsProps {
  readonly whom: Whom;
  readonly onChange: (whom: Whom) => void;
}

function WhomFields({ whom, onChange }: WhomFieldsProps) {
  const isNew = whom === 'new';
  const searched = useRef('');
  const onType = (text: string) => {
    searched.current = text;
  };
  if (whom !== null && !isNew) return <Found customer={whom} onAnother={() => onChange(null)} />;
  return (
    <>
      {isNew ? (
        <NewPerson searched={searched.current} />
      ) : (
        <CustomerPicker onPick={onChange} onType={onType} />
      )}
      <button type="button" class="quiet switch" onClick={() => onChange(isNew ? null : 'new')}>
        {isNew ? 'Search for a customer' : 'New customer'}
      </button>
    </>
  );
}

function Found({ customer, onAnother }: { readonly customer: Customer; readonly onAnother: () => void }) {
  return (
    <fieldset class="person">
      <legend>Customer</legend>
      <p class="person-picked">
        <strong>{nameOf(customer)}</strong>
        <button type="button" class="quiet" onClick={onAnother}>
          Another
        </button>
      </p>
      <SelectField label="Vehicle" name="vehicle">
        {customer.vehicles.map((vehicle) => (
          <option key={vehicle.id} value={vehicle.id}>
            {vehicleText(vehicle)}
          </option>
        ))}
        <option value="">Not known yet</option>
      </SelectField>
    </fieldset>
  );
}

/** Whom nobody was found for: what was typed for the search is typed once. */
function NewPerson({ searched }: { readonly searched: string }) {
  const fields = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    const inputs = [...(fields.current?.querySelectorAll('input') ?? [])];
    (inputs.find(({ value }) => value === '') ?? inputs[0])?.focus();
  }, []);
  const isNumber = /^[+\d(][\d\s().-]*$/.test(searched.trim());
  const [first, ...last] = isNumber ? [] : searched.trim().split(/\s+/);
  return (
    <fieldset class="person" ref={fields}>
      <legend>New customer</legend>
      <div class="columns">
        <PersonFields
          first_name={first ?? ''}
          last_name={last.join(' ')}
          phone_number={isNumber ? searched.trim() : ''}
        />
      </div>
    </fieldset>
  );
}
