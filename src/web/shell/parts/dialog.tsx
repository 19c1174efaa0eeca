import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { IconButton } from './icon.js';

interface DialogProps {
  readonly title: string;
  /** Escape, the cross, or a press beside it while nothing was typed; whoever shows the dialog takes it away then. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** The cross would come first. */
const FIRST_CONTROL = '.dialog-head ~ * :is(input, select, textarea, button):not(:disabled)';

/** A modal dialog, open as long as it is shown; the browser keeps the focus in it and gives it back. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const isTypedIn = useRef(false);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(FIRST_CONTROL)?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onInput={() => {
        isTypedIn.current = true;
      }}
      onMouseDown={(event) => event.target === dialog.current && !isTypedIn.current && onClose()}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <IconButton icon="x" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
