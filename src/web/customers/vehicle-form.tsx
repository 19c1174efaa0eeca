import { ask } from '../shell/api.js';
import { changesOf } from '../shell/changes.js';
import { FormDialog, typed } from '../shell/parts/form-dialog.js';
import { TextField } from '../shell/parts/text-field.js';
import type { Vehicle } from './customer.js';

interface VehicleFormProps {
  readonly customerId: number;
  /** Absent: a new one. */
  readonly vehicle?: Vehicle;
  readonly onClose: () => void;
  /** Called when it was kept or removed. */
  readonly onKept: () => void;
}

/** A vehicle of a customer: kept, or removed. */
export function VehicleForm({ customerId, vehicle, onClose, onKept }: VehicleFormProps) {
  const own = vehicle ? `/api/vehicles/${vehicle.id}` : null;
  const send = async (fields: FormData) => {
    const year = typed(fields, 'year');
    const body = {
      make: typed(fields, 'make'),
      model: typed(fields, 'model'),
      year: year === '' ? null : Number(year),
      vin: typed(fields, 'vin').toUpperCase() || null,
      plate: typed(fields, 'plate') || null,
    };
    if (own && vehicle) await ask(own, { method: 'PATCH', body: changesOf(vehicle, body) });
    else await ask(`/api/customers/${customerId}/vehicles`, { method: 'POST', body });
    onKept();
  };
  const remove = async () => {
    if (own) await ask(own, { method: 'DELETE' });
    onKept();
  };
  return (
    <FormDialog
      title={vehicle ? 'Edit vehicle' : 'New vehicle'}
      action={vehicle ? 'Save' : 'Add'}
      onClose={onClose}
      onSend={send}
      remove={vehicle && remove}
    >
      <div class="columns">
        <TextField label="Make" name="make" required maxLength={40} defaultValue={vehicle?.make ?? ''} />
        <TextField label="Model" name="model" required maxLength={40} defaultValue={vehicle?.model ?? ''} />
        <TextField
          label="Year"
          name="year"
          inputmode="numeric"
          maxLength={4}
          pattern="\d{4}"
          defaultValue={vehicle?.year ?? ''}
        />
        <TextField label="Plate" name="plate" maxLength={20} defaultValue={vehicle?.plate ?? ''} />
      </div>
      <TextField
        label="VIN"
        hint="17 letters and digits; with its ending callers prove who they are"
        name="vin"
        maxLength={17}
        defaultValue={vehicle?.vin ?? ''}
      />
    </FormDialog>
  );
}
