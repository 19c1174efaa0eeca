import type { Service } from '../shell/answers.js';
import { FormDialog, typed } from '../shell/parts/form-dialog.js';
import { Check, TextField } from '../shell/parts/text-field.js';
import { baysOf, centsOf, priceText, type ServiceFields } from './service-list.js';

interface ServiceFormProps {
  /** Absent: a new one. */
  readonly service?: Service | undefined;
  readonly shopBays: number;
  readonly onClose: () => void;
  /** Rejects with the gateway's refusal. */
  readonly onKeep: (typed: ServiceFields) => Promise<void>;
  /** Absent where it cannot be removed: a shop has one service at least. */
  readonly onRemove?: (() => Promise<void>) | undefined;
}

/** One service: how it is said, how long it takes, what it costs, and where it is done. */
export function ServiceForm({ service, shopBays, onClose, onKeep, onRemove }: ServiceFormProps) {
  return (
    <FormDialog
      title={service ? `Service: ${service.name}` : 'New service'}
      action={service ? 'Save' : 'Add'}
      onClose={onClose}
      onSend={async (fields) => onKeep(serviceOf(fields))}
      remove={onRemove}
    >
      <Fields service={service} shopBays={shopBays} />
      <Check
        label="Callers can book it themselves. If not, it is offered and a person makes the appointment"
        name="bookable"
        defaultChecked={service?.bookable ?? true}
      />
      <Check
        label="Work can run past closing and continue when the shop opens again"
        name="carries_over"
        defaultChecked={service?.carries_over ?? false}
      />
    </FormDialog>
  );
}

function Fields({ service, shopBays }: Pick<ServiceFormProps, 'service' | 'shopBays'>) {
  const bays = service?.bays?.join(', ') ?? '';
  const price = priceText(service?.price_cents ?? null);
  return (
    <div class="columns">
      <Words service={service} />
      <TextField
        label="Minutes"
        hint="How long the work takes"
        name="minutes"
        inputmode="numeric"
        required
        defaultValue={service?.minutes ?? 60}
      />
      <TextField
        label="Minutes afterwards"
        hint="How long the bay stays taken afterwards"
        name="after_minutes"
        inputmode="numeric"
        defaultValue={service?.after_minutes ?? 0}
      />
      <TextField
        label="Price in dollars"
        hint="Leave it empty to say no price"
        name="price"
        inputmode="decimal"
        defaultValue={price}
      />
      <TextField
        label="Only in bays"
        hint={`Of 1 to ${shopBays}, such as 1, 2. Empty: in any`}
        name="bays"
        defaultValue={bays}
      />
    </div>
  );
}

function Words({ service }: Pick<ServiceFormProps, 'service'>) {
  return (
    <>
      <TextField
        label="Name"
        hint="Said after “your”: your oil change"
        name="name"
        required
        maxLength={60}
        defaultValue={service?.name ?? ''}
      />
      <TextField
        label="In the menu"
        hint="Said after “for”: for an oil change, press 1"
        name="choice"
        required
        maxLength={60}
        defaultValue={service?.choice ?? ''}
      />
    </>
  );
}

/** Throws a sentence for what only the page can tell; the rest the gateway judges. */
function serviceOf(fields: FormData): ServiceFields {
  const price_cents = centsOf(typed(fields, 'price'));
  if (price_cents === undefined) throw new Error('The price is dollars and cents, such as 49.95.');
  const bays = baysOf(typed(fields, 'bays'));
  if (bays === undefined) throw new Error('Bays are numbers with commas between them, such as 1, 2.');
  return {
    name: typed(fields, 'name'),
    choice: typed(fields, 'choice'),
    minutes: wholeNumber(typed(fields, 'minutes'), 'Minutes'),
    after_minutes: wholeNumber(typed(fields, 'after_minutes') || '0', 'Minutes afterwards'),
    price_cents,
    bays,
    bookable: fields.has('bookable'),
    carries_over: fields.has('carries_over'),
  };
}

function wholeNumber(text: string, what: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new Error(`${what} must be a whole number.`);
}
