import type {
  ComponentChildren,
  InputHTMLAttributes,
  PartialInputHTMLAttributes,
  PartialSelectHTMLAttributes,
  TextareaHTMLAttributes,
} from 'preact';
import { Field } from './field.js';

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
