import type { ComponentChildren } from 'preact';
import { sending, useWork } from '../work.js';
import { Dialog } from './dialog.js';
import { Fault } from './notice.js';

interface FormDialogProps {
  readonly title: string;
  /** On the button that sends. */
  readonly action: string;
  readonly onClose: () => void;
  /** Sends what was typed; what it throws is shown, and the dialog stays. It is shown until its owner takes it away. */
  readonly onSend: (fields: FormData) => Promise<unknown>;
  /** Takes away what the form is about. */
  readonly remove?: (() => Promise<unknown>) | undefined;
  readonly children: ComponentChildren;
}

/** A form in a dialog. */
export function FormDialog({ title, action, onClose, onSend, remove, children }: FormDialogProps) {
  const { fault, isBusy, run } = useWork();
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={sending((fields) => run(() => onSend(fields)))}>
        {children}
        <Fault sentence={fault.value} />
        <div class="buttons">
          {remove && (
            <button type="button" class="danger" disabled={isBusy.value} onClick={() => void run(remove)}>
              Remove
            </button>
          )}
          <button type="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" class="primary" disabled={isBusy.value}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** What was typed into a field, without spaces around it; empty for a field that there is not. */
export function typed(fields: FormData, name: string): string {
  return String(fields.get(name) ?? '').trim();
}
