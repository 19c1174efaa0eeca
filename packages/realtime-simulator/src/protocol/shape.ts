import { isJsonObject } from '../json.js';

/** What is wrong with a value, in the words and codes of the protocol. */
export interface Problem {
  readonly code: 'unknown_parameter' | 'missing_required_parameter' | 'invalid_type' | 'invalid_value';
  /** Where: `session.tools[0].name`. */
  readonly param: string;
  readonly message: string;
  /** What may stand there. */
  readonly hint: string;
}

/** Looks at a value that stands at `param`, and gives what is wrong with it. */
export type Check = (value: unknown, param: string) => Problem[];

export const anything: Check = () => [];

export const text: Check = (value, param) =>
  typeof value === 'string' ? [] : [wrongType(value, param, 'a string')];

export const flag: Check = (value, param) =>
  typeof value === 'boolean' ? [] : [wrongType(value, param, 'a boolean')];

export function amount(min: number, max = Number.POSITIVE_INFINITY): Check {
  return (value, param) => {
    if (typeof value !== 'number') return [wrongType(value, param, 'a number')];
    if (value >= min && value <= max) return [];
    return [
      wrongValue(value, param, max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`),
    ];
  };
}

export function integer(min: number, max = Number.POSITIVE_INFINITY): Check {
  return (value, param) =>
    typeof value === 'number' && !Number.isInteger(value)
      ? [wrongType(value, param, 'an integer')]
      : amount(min, max)(value, param);
}

export function oneOf(...values: readonly (string | number)[]): Check {
  return (value, param) =>
    values.some((known) => known === value)
      ? []
      : [wrongValue(value, param, values.map((known) => `'${known}'`).join(', '))];
}

export function nullable(check: Check): Check {
  return (value, param) => (value === null ? [] : check(value, param));
}

export function either(first: Check, second: Check): Check {
  return (value, param) => {
    const problems = first(value, param);
    return problems.length === 0 ? [] : second(value, param);
  };
}

export function listOf(check: Check): Check {
  return (value, param) =>
    Array.isArray(value)
      ? value.flatMap((part, index) => check(part, `${param}[${index}]`))
      : [wrongType(value, param, 'an array')];
}

export type Fields = Readonly<Record<string, Check>>;

/** An object with these fields and no others. */
export function object(required: Fields, optional: Fields = {}): Check {
  const known: Fields = { ...required, ...optional };
  return (value, param) => {
    if (!isJsonObject(value)) return [wrongType(value, param, 'an object')];
    const missing = Object.keys(required)
      .filter((name) => value[name] === undefined)
      .map((name) => missingField(join(param, name)));
    const others = Object.entries(value).flatMap(([name, part]) => {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check) return part === undefined ? [] : check(part, join(param, name));
      return [unknownField(join(param, name), Object.keys(known))];
    });
    return [...missing, ...others];
  };
}

/** An object whose field `tag` says which fields it has. */
export function tagged(tag: string, kinds: Readonly<Record<string, Check>>): Check {
  return (value, param) => {
    if (!isJsonObject(value)) return [wrongType(value, param, 'an object')];
    const kind = value[tag];
    if (kind === undefined) return [missingField(join(param, tag))];
    const check = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    return check ? check(value, param) : oneOf(...Object.keys(kinds))(kind, join(param, tag));
  };
}

function join(param: string, name: string): string {
  return param === '' ? name : `${param}.${name}`;
}

function missingField(param: string): Problem {
  const message = `Missing required parameter: '${param}'.`;
  return { code: 'missing_required_parameter', param, message, hint: 'Add it.' };
}

function unknownField(param: string, known: readonly string[]): Problem {
  const hint = `Known here: ${known.join(', ')}.`;
  return { code: 'unknown_parameter', param, message: `Unknown parameter: '${param}'.`, hint };
}

function wrongType(value: unknown, param: string, expected: string): Problem {
  const message = `Invalid type for '${param}': expected ${expected}, but got ${nameOf(value)} instead.`;
  return { code: 'invalid_type', param, message, hint: `Write ${expected}.` };
}

function wrongValue(value: unknown, param: string, expected: string): Problem {
  const message = `Invalid value for '${param}': ${JSON.stringify(value)}. Supported values are: ${expected}.`;
  return { code: 'invalid_value', param, message, hint: `Use one of: ${expected}.` };
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
