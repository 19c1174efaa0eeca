import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  readonly label: string;
  /** A word of advice below the label. */
  readonly hint?: string | undefined;
  /** Why what stands in it cannot be taken. */
  readonly error?: string | null | undefined;
  /** Makes the control; the attributes tie it to its label, its hint and its error. */
  readonly children: (attributes: FieldAttributes) => ComponentChildren;
}

interface FieldAttributes {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: 'true';
}

/** A labelled control. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = `${id}-note`;
  const hasNote = Boolean(error || hint);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(hasNote ? { 'aria-describedby': note } : {}),
        ...(error ? { 'aria-invalid': 'true' } : {}),
      })}
      {hasNote && (
        <p id={note} class={error ? 'field-error' : 'field-hint'}>
          {error || hint}
        </p>
      )}
    </div>
  );
}
