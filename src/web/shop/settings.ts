import type { ShopSettings } from '../shell/answers.js';

/** Changes some settings; throws the gateway's refusal. */
export type ChangeSettings = (change: Partial<ShopSettings>) => Promise<void>;

/** A setting that is one field of the form. */
export interface SettingField {
  readonly name: keyof ShopSettings;
  readonly label: string;
  /** What a change of it means. */
  readonly hint: string;
  readonly kind: 'text' | 'number' | 'time' | 'tel';
  /** Nothing typed is null: there is none. */
  readonly mayBeEmpty?: boolean;
  /** The environment variable that may give it. */
  readonly variable?: string;
}

export const ABOUT: readonly SettingField[] = [
  {
    name: 'name',
    label: 'Name',
    kind: 'text',
    variable: 'SHOP_NAME',
    hint: 'Callers hear it in the greeting, from the next call on.',
  },
  {
    name: 'address',
    label: 'Address',
    kind: 'text',
    mayBeEmpty: true,
    hint: 'Read out to callers who ask for it. Leave it empty to say none.',
  },
  {
    name: 'hours',
    label: 'Opening hours',
    kind: 'text',
    variable: 'SHOP_HOURS',
    hint: 'For example Mon-Fri 08:00-17:00, Sat 09:00-12:00. Applies to new appointments; existing ones stay.',
  },
  {
    name: 'timezone',
    label: 'Time zone',
    kind: 'text',
    variable: 'SHOP_TIMEZONE',
    hint: 'For example America/Chicago. All times are shown in this zone. Existing appointments keep their moment in time.',
  },
  {
    name: 'bays',
    label: 'Bays',
    kind: 'number',
    variable: 'SHOP_BAYS',
    hint: 'How many appointments can run at the same time. Existing ones stay when you lower it.',
  },
  {
    name: 'transfer_number',
    label: 'Number for callers who want a person',
    kind: 'tel',
    mayBeEmpty: true,
    variable: 'TRANSFER_NUMBER',
    hint: 'For example +15125550100. It rings when a caller wants a person. Leave it empty and callers are offered a call back instead.',
  },
];

export const RULES: readonly SettingField[] = [
  {
    name: 'slot_minutes',
    label: 'A start time every (minutes)',
    kind: 'number',
    hint: 'Counted from opening time. Existing appointments keep their time.',
  },
  {
    name: 'lead_minutes',
    label: 'Notice (minutes)',
    kind: 'number',
    hint: 'Callers cannot book sooner than this. Staff can.',
  },
  {
    name: 'same_day_until',
    label: 'Same-day bookings until',
    kind: 'time',
    mayBeEmpty: true,
    hint: 'After this time callers can only book for tomorrow or later. Leave it empty for no limit.',
  },
  {
    name: 'horizon_days',
    label: 'Book ahead (days)',
    kind: 'number',
    hint: 'Callers cannot book further ahead than this. Staff can.',
  },
];

/** What is in a field of the form, as the gateway takes it. A number that is none stays a text, which the gateway refuses by name. */
function typedValue({ kind, mayBeEmpty = false }: SettingField, text: string): string | number | null {
  const typed = text.trim();
  if (typed === '' && mayBeEmpty) return null;
  return kind === 'number' && /^-?\d+$/.test(typed) ? Number(typed) : typed;
}

/** The settings that a form changes: those whose value is another one now. */
export function changedFields(
  settings: ShopSettings,
  fields: readonly SettingField[],
  texts: ReadonlyMap<string, string>,
): Partial<ShopSettings> {
  const changed = fields.flatMap((field) => {
    const text = texts.get(field.name);
    if (text === undefined || settings.locked.includes(field.name)) return [];
    const value = typedValue(field, text);
    return value === settings[field.name] ? [] : [[field.name, value]];
  });
  return Object.fromEntries(changed);
}

/** A refusal taken apart: what it says of each field by name, and the rest. */
export function faultsByField(
  sentence: string,
  names: readonly string[],
): { readonly of: ReadonlyMap<string, string>; readonly rest: string | null } {
  const of = new Map<string, string>();
  const rest: string[] = [];
  for (const part of sentence.replace(/\.$/, '').split('; ')) {
    const name = names.find((each) => part.startsWith(`${each} `));
    if (name === undefined) rest.push(part);
    else of.set(name, part.slice(name.length + 1));
  }
  return { of, rest: rest.length === 0 ? null : `${rest.join('; ')}.` };
}
