import { useSignal } from '@preact/signals';
import type { AnswerOf } from '../../server/routes/operation.js';
import type { SHOP } from '../../server/routes/shop.js';
import { ask } from '../shell/api.js';
import { FormDialog, typed } from '../shell/parts/form-dialog.js';
import { SelectField, TextField } from '../shell/parts/text-field.js';
import { type Conflict, Conflicts } from './conflicts.js';

interface ClosureFormProps {
  readonly bays: number;
  readonly today: string;
  readonly onClose: () => void;
  readonly onAdded: () => void;
}

/** A new closure; then what is booked in it. */
export function ClosureForm({ bays, today, onClose, onAdded }: ClosureFormProps) {
  const first = useSignal(today);
  const conflicts = useSignal<readonly Conflict[]>([]);
  const send = async (fields: FormData) => {
    const body = bodyOf(fields);
    const added = await ask<AnswerOf<typeof SHOP.addClosure>>('/api/closures', {
      method: 'POST',
      body,
    });
    onAdded();
    conflicts.value = added.conflicts;
    if (added.conflicts.length === 0) onClose();
  };
  if (conflicts.value.length > 0)
    return <Conflicts what="The closure" conflicts={conflicts.value} onClose={onClose} />;
  return (
    <FormDialog title="New closure or special hours" action="Add" onClose={onClose} onSend={send}>
      <div class="columns">
        <TextField
          label="First day"
          name="from"
          type="date"
          required
          defaultValue={today}
          onInput={({ currentTarget }) => {
            first.value = currentTarget.value;
          }}
        />
        <TextField
          key={first.value}
          label="Last day"
          name="to"
          type="date"
          required
          min={first.value}
          defaultValue={first.value}
        />
      </div>
      <BayChoice bays={bays} />
      <TextField
        label="Hours on these days"
        hint="For example 10:00-14:00. Leave it empty for closed"
        name="hours"
        maxLength={60}
      />
      <TextField label="Reason" hint="For staff; callers never hear it" name="reason" maxLength={200} />
    </FormDialog>
  );
}

function bodyOf(fields: FormData) {
  const bay = typed(fields, 'bay');
  return {
    from: typed(fields, 'from'),
    to: typed(fields, 'to'),
    bay: bay === '' ? null : Number(bay),
    hours: typed(fields, 'hours') || null,
    reason: typed(fields, 'reason') || null,
  };
}

function BayChoice({ bays }: { readonly bays: number }) {
  return (
    <SelectField label="What" name="bay">
      <option value="">The whole shop</option>
      {Array.from({ length: bays }, (_, n) => (
        <option key={n + 1} value={n + 1}>
          Bay {n + 1}
        </option>
      ))}
    </SelectField>
  );
}
