import { ask } from '../shell/api.js';
import { changesOf } from '../shell/changes.js';
import { FormDialog, typed } from '../shell/parts/form-dialog.js';
import { TextArea, TextField } from '../shell/parts/text-field.js';
import type { Customer } from './customer.js';

interface CustomerFormProps {
  /** Absent: a new one. */
  readonly customer?: Customer;
  readonly onClose: () => void;
  readonly onKept: (customer: Customer) => void;
}

/** A customer's name, number, e-mail address and notes. */
export function CustomerForm({ customer, onClose, onKept }: CustomerFormProps) {
  const send = async (fields: FormData) => {
    const [email, notes] = [typed(fields, 'email') || null, typed(fields, 'notes') || null];
    const body = { ...typedPerson(fields), email, notes };
    const kept = customer
      ? ask<Customer>(`/api/customers/${customer.id}`, { method: 'PATCH', body: changesOf(customer, body) })
      : ask<Customer>('/api/customers', { method: 'POST', body });
    onKept(await kept);
  };
  const known = customer ?? { first_name: '', last_name: '', phone_number: '', email: null, notes: null };
  return (
    <FormDialog
      title={customer ? 'Edit customer' : 'New customer'}
      action={customer ? 'Save' : 'Add'}
      onClose={onClose}
      onSend={send}
    >
      <div class="columns">
        <PersonFields {...known} hasOneName={customer?.last_name === ''} />
        <TextField label="E-mail" name="email" type="email" defaultValue={known.email ?? ''} />
      </div>
      <TextArea
        label="Notes"
        hint="For staff; callers never hear them"
        name="notes"
        rows={3}
        maxLength={2000}
        defaultValue={known.notes ?? ''}
      />
    </FormDialog>
  );
}

type Person = Pick<Customer, 'first_name' | 'last_name' | 'phone_number'>;

interface PersonFieldsProps extends Person {
  /** Without a last name, as a company that was imported: it may stay so. */
  readonly hasOneName?: boolean;
}

/** A name and a number. */
export function PersonFields({ first_name, last_name, phone_number, hasOneName = false }: PersonFieldsProps) {
  return (
    <>
      <TextField label="First name" name="first_name" required maxLength={60} defaultValue={first_name} />
      <TextField
        label="Last name"
        name="last_name"
        required={!hasOneName}
        maxLength={60}
        defaultValue={last_name}
      />
      <TextField
        label="Phone number"
        name="phone_number"
        type="tel"
        required
        maxLength={30}
        defaultValue={phone_number}
      />
    </>
  );
}

/** What was typed into {@link PersonFields}. */
export function typedPerson(fields: FormData): Person {
  return {
    first_name: typed(fields, 'first_name'),
    last_name: typed(fields, 'last_name'),
    phone_number: typed(fields, 'phone_number'),
  };
}
