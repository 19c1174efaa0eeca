import { GatewayError } from '../core/errors.js';

/**
 * The members of a JSON object by name, each as its text `"name":value` exactly as it was written: a value that nobody
 * replaces is never parsed and printed again, so nothing of it can change. Order is kept; of members with
 * the same name the last one counts, as for `JSON.parse`.
 */
export type JsonFields = Map<string, string>;

const WHITESPACE = /[ \t\n\r]*/y;
const BRACKET_OR_QUOTE = /["{}[\]]/g;
/** Short, printable, no quote and no backslash: the same within quotes. */
const PLAIN = /^[ !#-[\]-~]{0,64}$/;
const SCALAR = /[^\s,}]+/y;

/** Splits the text of a JSON object. Throws a `BAD_MESSAGE` GatewayError when it is anything else. */
export function splitJsonFields(text: string): JsonFields {
  requireJsonObject(text);
  const fields: JsonFields = new Map();
  let at = skipWhitespace(text, skipWhitespace(text, 0) + 1);
  while (text[at] !== '}') {
    const nameEnd = stringEnd(text, at);
    const valueStart = skipWhitespace(text, skipWhitespace(text, nameEnd) + 1);
    const valueEnd = findValueEnd(text, valueStart);
    const name = text.slice(at, nameEnd);
    fields.set(readName(name), `${name}:${text.slice(valueStart, valueEnd)}`);
    const next = skipWhitespace(text, valueEnd);
    at = text[next] === ',' ? skipWhitespace(text, next + 1) : next;
  }
  return fields;
}

export function joinJsonFields(fields: JsonFields): string {
  const pieces = ['{'];
  for (const member of fields.values()) pieces.push(member, ',');
  if (fields.size > 0) pieces.pop();
  pieces.push('}');
  // A join, because what it gives is one flat piece of memory: it will be sent, and compared, more than once.
  return pieces.join('');
}

/**
 * Sets the fields of `updates`, those that are `undefined` (or a function) excepted, as `JSON.stringify` would print them.
 * Throws a `BAD_REQUEST` GatewayError for a value that JSON cannot hold: a BigInt or a ring.
 */
export function setJsonFields(fields: JsonFields, updates: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(updates)) {
    const value = stringify(name, updates[name]);
    if (value !== undefined) fields.set(name, `${quote(name)}:${value}`);
  }
}

/** Printing by hand what needs no escape spares most of the calls into the native printer, which are slow to enter. */
function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function stringify(name: string, value: unknown): string | undefined {
  if (typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'string') return quote(value);
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new GatewayError('BAD_REQUEST', `The field ${name} holds a value that JSON cannot hold`, { cause });
  }
}

/** The native parser is the judge of what is JSON; what follows it may then be a plain search for boundaries. */
function requireJsonObject(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GatewayError('BAD_MESSAGE', 'A stored session is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('BAD_MESSAGE', 'A stored session is JSON, but not an object');
  }
}

function readName(text: string): string {
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
}

function findValueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first === '{' || first === '[') return nestedEnd(text, start);
  return endOf(SCALAR, text, start);
}

function nestedEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    BRACKET_OR_QUOTE.lastIndex = at;
    const found = BRACKET_OR_QUOTE.exec(text);
    if (found === null) return text.length;
    at = found[0] === '"' ? stringEnd(text, found.index) : found.index + 1;
    if (found[0] === '{' || found[0] === '[') depth += 1;
    else if (found[0] !== '"') depth -= 1;
  } while (depth > 0);
  return at;
}

/** The position after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

function skipWhitespace(text: string, start: number): number {
  return endOf(WHITESPACE, text, start);
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  pattern.exec(text);
  return pattern.lastIndex;
}
