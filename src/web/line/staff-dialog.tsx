import type { LiveCall } from '../shell/answers.js';
import { ask } from '../shell/api.js';
import { maskedNumber, phoneNumber } from '../shell/format.js';
import { Dialog } from '../shell/parts/dialog.js';
import { Fault } from '../shell/parts/notice.js';
import { announce } from '../shell/parts/toast.js';
import { shop } from '../shell/shop.js';
import { useWork } from '../shell/work.js';

export type StaffAction = 'transfer' | 'end';

interface StaffDialogProps {
  readonly action: StaffAction;
  readonly call: LiveCall;
  readonly onClose: () => void;
}

/** Asks once more before a call is taken over or ended; says what the gateway answers when somebody else was quicker. */
export function StaffDialog({ action, call, onClose }: StaffDialogProps) {
  const { fault, isBusy, run } = useWork();
  const caller = maskedNumber(call.caller_phone);
  const act = async () => {
    await ask(`/api/live/${call.call_sid}/${action}`, { method: 'POST' });
    announce(action === 'transfer' ? `${caller} is put through.` : `The call of ${caller} is ended.`);
    onClose();
  };
  const person = shop.value?.transfer_number;
  return (
    <Dialog title={action === 'transfer' ? 'Take this call over?' : 'End this call?'} onClose={onClose}>
      <p>
        {action === 'transfer'
          ? `The agent stops, and ${caller} is put through${person ? ` to ${phoneNumber(person)}` : ''}.`
          : `The agent stops, and ${caller} hears a goodbye.`}
      </p>
      <Fault sentence={fault.value} />
      <div class="buttons">
        <button type="button" onClick={onClose}>
          {fault.value === null ? 'Keep it going' : 'Close'}
        </button>
        {fault.value === null && (
          <button
            type="button"
            class={action === 'end' ? 'danger' : 'primary'}
            disabled={isBusy.value}
            onClick={() => void run(act)}
          >
            {action === 'transfer' ? 'Take over' : 'End call'}
          </button>
        )}
      </div>
    </Dialog>
  );
}
