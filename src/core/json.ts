/** What a JSON text may hold for an object, before it is known what is in it: neither null nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a text is as JSON; undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Deeper than any real data, and far from where recursion ends. */
const DEEPEST = 500;
const LONGEST_PLACE = 80;

/**
 * Why `value` would not be read back from JSON as it is, with the place of what is at fault (`vehicles[0].bought is a Date`);
 * `null` when it would. Fields that are `undefined` are no fault: JSON leaves them out, and reading them gives `undefined` again.
 * Looks at each value once; never throws.
 */
export function jsonProblem(value: unknown): string | null {
  try {
    const fault = faultOf(value, 0);
    return fault === null ? null : told(fault);
  } catch {
    return 'it cannot be read: a getter or a proxy in it throws';
  }
}

interface Fault {
  readonly what: string;
  /** The way to it, from the inside to the outside. */
  readonly place: string[];
}

function told({ what, place }: Fault): string {
  const way = place.reverse().join('').replace(/^\./, '');
  return `${way.length > LONGEST_PLACE ? `${way.slice(0, LONGEST_PLACE)}…` : way || 'it'} is ${what}`;
}

function faultOf(value: unknown, depth: number): Fault | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : fault(String(value));
    case 'object':
      break;
    case 'undefined':
      return fault('undefined');
    default:
      return fault(`a ${typeof value}`);
  }
  if (value === null) return null;
  if (depth > DEEPEST) return fault(`more than ${DEEPEST} levels deep, or holds itself`);
  return isJsonObject(value) ? faultInObject(value, depth) : faultInList(Object(value), depth);
}

function faultInList(list: readonly unknown[], depth: number): Fault | null {
  for (let n = 0; n < list.length; n++) {
    const found = faultOf(list[n], depth + 1);
    if (found !== null) return within(found, `[${n}]`);
  }
  if ('toJSON' in list || Object.keys(list).length !== list.length) return fault('a list with names in it');
  return null;
}

function faultInObject(object: Readonly<Record<string, unknown>>, depth: number): Fault | null {
  if (!isPlain(object)) return fault(`${article(nameOf(object))}, not a plain object`);
  if (Object.getOwnPropertySymbols(object).length > 0) return fault('an object with symbols for names');
  if (typeof object.toJSON === 'function') return fault('an object with a toJSON method');
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value === undefined || typeof value === 'string') continue;
    const found = faultOf(value, depth + 1);
    if (found !== null) return within(found, `.${name}`);
  }
  return null;
}

/** Made by braces, by JSON or without a prototype, here or in another realm (`node:vm`); never by a class. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(Object(prototype), 'isPrototypeOf');
}

function nameOf(object: object): string {
  const made: unknown = object.constructor;
  return typeof made === 'function' && made.name !== '' ? made.name : 'object of a class';
}

function article(noun: string): string {
  return /^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function fault(what: string): Fault {
  return { what, place: [] };
}

function within({ what, place }: Fault, step: string): Fault {
  place.push(step);
  return { what, place };
}
