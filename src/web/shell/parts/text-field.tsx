import type {
  ComponentChildren,
  InputHTMLAttributes,
  PartialInputHTMLAttributes,
  PartialSelectHTMLAttributes,
  TextareaHTMLAttributes,
} from 'preact';
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
function Field({ label, hint, error, children }: FieldProps) {
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

type InputAttributes = Omit<PartialInputHTMLAttributes<HTMLInputElement>, 'type' | 'role' | 'list' | 'label'>;

interface TextFieldProps extends InputAttributes {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | null | undefined;
  /** `text` when absent. */
  readonly type?: 'text' | 'tel' | 'email' | 'search' | 'date' | 'time' | 'file' | 'password';
}

/** A labelled line of text. */
export function TextField({ label, hint, error, type = 'text', ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(attributes) => <input autocomplete="off" {...typed(type, { ...input, ...attributes })} />}
    </Field>
  );
}

/** Preact's types tie the role of an input to its type; without a role every type will do. */
function typed(type: TextFieldProps['type'], attributes: InputAttributes) {
  return { ...attributes, type } as InputHTMLAttributes<HTMLInputElement>;
}

interface TextAreaProps extends Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'label'> {
  readonly label: string;
  readonly hint?: string | undefined;
}

/** Labelled lines of text. */
export function TextArea({ label, hint, ...area }: TextAreaProps) {
  return (
    <Field label={label} hint={hint}>
      {(attributes) => <textarea rows={2} {...area} {...attributes} />}
    </Field>
  );
}

interface SelectFieldProps extends Omit<PartialSelectHTMLAttributes<HTMLSelectElement>, 'label' | 'role'> {
  readonly label: string;
  /** The options. */
  readonly children: ComponentChildren;
}

/** A labelled list to choose from. */
export function SelectField({ label, children, ...select }: SelectFieldProps) {
  return (
    <Field label={label}>
      {(attributes) => (
        <select {...select} {...attributes}>
          {children}
        </select>
      )}
    </Field>
  );
}

interface CheckProps extends InputAttributes {
  readonly label: string;
}

/** A box to tick. */
export function Check({ label, ...input }: CheckProps) {
  return (
    <label class="check">
      <input {...input} type="checkbox" /> {label}
    </label>
  );
}
