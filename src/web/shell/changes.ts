/** What somebody has changed in a form: the fields of `typed` that say something else than `before`, as what was opened says it now. */
export function changesOf<T extends object>(
  before: { readonly [Field in keyof T]: unknown },
  typed: T,
): Partial<T> {
  const known = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(typed).filter(([name, value]) => textOf(value) !== textOf(known.get(name)));
  return Object.fromEntries(changed) as Partial<T>;
}

/** Said beside a note that is being written, when another one was stored meanwhile. */
export function overtakenBy(note: string): string {
  if (note === '') return 'Somebody else has taken the note away meanwhile; yours will be saved.';
  return `Yours will replace what somebody else has written meanwhile: “${note}”`;
}

/** A form gives a text back without the spaces around it, and with line ends of its own. */
function textOf(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() : (value ?? null));
}
