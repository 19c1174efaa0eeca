import { SimulatorError } from './error.js';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own text, entities resolved, white space at both ends removed. */
  readonly text: string;
  /** All text in the element, that of the elements in it too, in order; white space as it stands. */
  readonly textContent: string;
}

// Nothing may stand before the declaration (twilio.com/docs/api/errors/12100).
const DECLARATION = /\uFEFF?<\?xml\s[^<>]*\?>/y;
const MISC = /(?:\s|<!--(?:(?!--)[\s\S])*-->)*/y;
const NAME = /[A-Za-z_][\w.:-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TEXT = /[^<]+/y;
const CDATA = /<!\[CDATA\[([\s\S]*?)\]\]>/y;
const COMMENT = /<!--(?:(?!--)[\s\S])*-->/y;
const ENTITY = /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\dA-Fa-f]{1,6}));|&/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_DEPTH = 20;

/**
 * The root element of a document. As strict as TwiML needs: elements, attributes, text, CDATA, comments and the five
 * named entities; no DOCTYPE or processing instructions. Throws a `BAD_MESSAGE` error with the place of the fault.
 */
export function readXml(source: string): XmlElement {
  const cursor = new Cursor(source);
  cursor.skip(DECLARATION);
  cursor.skip(MISC);
  const root = readElement(cursor, 0);
  cursor.skip(MISC);
  if (!cursor.done) cursor.fail('nothing more after the root element');
  return root;
}

function readElement(cursor: Cursor, depth: number): XmlElement {
  if (depth > MAX_DEPTH) cursor.fail(`elements nested at most ${MAX_DEPTH} deep`);
  cursor.expect('<');
  const name = cursor.match(NAME, 'an element name')[0];
  const attributes = readAttributes(cursor);
  cursor.skip(/\s*/y);
  if (cursor.accept('/>')) return { name, attributes, children: [], text: '', textContent: '' };
  cursor.expect('>');
  const content = readContent(cursor, depth);
  cursor.expect(`</${name}`);
  cursor.skip(/\s*/y);
  cursor.expect('>');
  return { name, attributes, ...content };
}

function readAttributes(cursor: Cursor): Map<string, string> {
  const attributes = new Map<string, string>();
  for (let found = cursor.tryMatch(ATTRIBUTE); found; found = cursor.tryMatch(ATTRIBUTE)) {
    const name = found[1] ?? '';
    if (attributes.has(name)) cursor.fail(`the attribute ${name} only once`);
    attributes.set(name, resolveEntities(found[2] ?? found[3] ?? '', cursor));
  }
  return attributes;
}

function readContent(cursor: Cursor, depth: number): Omit<XmlElement, 'name' | 'attributes'> {
  const children: XmlElement[] = [];
  let text = '';
  let textContent = '';
  while (!cursor.done && !cursor.startsWith('</')) {
    if (cursor.tryMatch(COMMENT)) continue;
    const piece = readText(cursor);
    if (piece === null) {
      const child = readElement(cursor, depth + 1);
      children.push(child);
      textContent += child.textContent;
    } else {
      text += piece;
      textContent += piece;
    }
  }
  return { children, text: text.trim(), textContent };
}

function readText(cursor: Cursor): string | null {
  const plain = cursor.tryMatch(TEXT);
  if (plain) return resolveEntities(plain[0], cursor);
  return cursor.tryMatch(CDATA)?.[1] ?? null;
}

function resolveEntities(text: string, cursor: Cursor): string {
  return text.replace(ENTITY, (entity, name?: string, decimal?: string, hex?: string) => {
    if (name) return NAMED[name] ?? entity;
    const point = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : -1;
    if (point < 1 || point > 0x10ffff) cursor.fail('a known entity after every &');
    return String.fromCodePoint(point);
  });
}

class Cursor {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get done(): boolean {
    return this.#at >= this.#source.length;
  }

  startsWith(literal: string): boolean {
    return this.#source.startsWith(literal, this.#at);
  }

  accept(literal: string): boolean {
    if (!this.startsWith(literal)) return false;
    this.#at += literal.length;
    return true;
  }

  expect(literal: string): void {
    if (!this.accept(literal)) this.fail(`"${literal}"`);
  }

  tryMatch(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }

  match(pattern: RegExp, what: string): RegExpExecArray {
    return this.tryMatch(pattern) ?? this.fail(what);
  }

  skip(pattern: RegExp): void {
    this.tryMatch(pattern);
  }

  fail(expected: string): never {
    throw new SimulatorError(
      'BAD_MESSAGE',
      `The XML is broken at character ${this.#at}: expected ${expected}`,
    );
  }
}
