import type { ViewProps } from '../shell/view.js';
import { CustomerList } from './customer-list.js';
import { CustomerProfile } from './customer-profile.js';
import '../shell/style/forms.css';
import './customers.css';

/** The shop's customers: the list at `/customers`, one of them at `/customers/{id}`. */
export function CustomersView({ rest }: ViewProps) {
  return rest === '' ? <CustomerList /> : <CustomerProfile key={rest} id={rest} />;
}
