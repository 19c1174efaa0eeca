import type { CUSTOMERS } from '../../server/routes/customers.js';
import type { AnswerOf } from '../../server/routes/operation.js';
import { ask } from '../shell/api.js';
import { Dialog } from '../shell/parts/dialog.js';
import { Fault } from '../shell/parts/notice.js';
import { useWork } from '../shell/work.js';
import { type Customer, nameOf } from './customer.js';
import { counted } from './import-report.js';

type Erased = AnswerOf<typeof CUSTOMERS.erase>;

interface EraseDialogProps {
  readonly customer: Customer;
  readonly onClose: () => void;
  /** Called with what was erased, in a sentence. */
  readonly onErased: (sentence: string) => void;
}

/** Asks whether a person is to be erased, and says what goes. */
export function EraseDialog({ customer, onClose, onErased }: EraseDialogProps) {
  const { fault, isBusy, run } = useWork();
  const name = nameOf(customer);
  const erase = async () =>
    onErased(erasedText(name, await ask<Erased>(`/api/customers/${customer.id}`, { method: 'DELETE' })));
  return (
    <Dialog title={`Erase ${name}?`} onClose={onClose}>
      <p>This is deleted for good and cannot be undone:</p>
      <ul class="goes">
        <li>name, number, e-mail address, notes and {counted(customer.vehicles.length, 'vehicle')}</li>
        <li>the number and the words of all their calls, with recordings and call-backs</li>
        <li>
          who they were in every appointment; one that is still to come keeps its time in the book, without a
          name
        </li>
      </ul>
      <p class="muted">The times of calls and appointments stay for the figures, without a name.</p>
      <Fault sentence={fault.value} />
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Keep the customer
        </button>
        <button type="button" class="danger" disabled={isBusy.value} onClick={() => void run(erase)}>
          Erase for good
        </button>
      </div>
    </Dialog>
  );
}

function erasedText(name: string, { calls, appointments, callbacks, complete }: Erased): string {
  const parts = [
    counted(calls, 'call'),
    counted(appointments, 'appointment'),
    counted(callbacks, 'call-back'),
  ];
  const later = complete ? '' : ' What is in Redis goes when it answers.';
  return `${name} is erased, with ${parts.join(', ')}.${later}`;
}
