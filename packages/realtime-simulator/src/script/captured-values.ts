import { isJsonObject } from '../json.js';
import type { Action } from './script.js';

const VALUE = /\$([a-z]\w*)/gi;

/** The names of the values that a text, or the texts in a value, stand for. */
export function valueNames(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(VALUE)].map(([, name = '']) => name);
  if (Array.isArray(value)) return value.flatMap(valueNames);
  return isJsonObject(value) ? Object.values(value).flatMap(valueNames) : [];
}

/** The action with values in the place of their names. A name without a value stays as it is. */
export function filledAction(action: Action, values: ReadonlyMap<string, string>): Action {
  if ('say' in action) return { ...action, say: filledText(action.say, values) };
  if (!('call' in action) || !action.arguments) return action;
  return { ...action, arguments: filledFields(action.arguments, values) };
}

function filledFields(fields: Readonly<Record<string, unknown>>, values: ReadonlyMap<string, string>) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, filled(value, values)]));
}

function filled(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return filledText(value, values);
  if (Array.isArray(value)) return value.map((part: unknown) => filled(part, values));
  return isJsonObject(value) ? filledFields(value, values) : value;
}

function filledText(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VALUE, (written, name: string) => values.get(name) ?? written);
}
