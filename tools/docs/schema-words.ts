import { MAX_ID } from '../../src/database/schema.js';
import type { JsonSchema } from '../../src/server/json-schemas.js';

type AnySchema = JsonSchema | boolean;

/** The fields of an object as a Markdown table; empty when it has none. */
export function fieldTable(heading: string, { properties = {}, required = [] }: JsonSchema): string {
  const rows = Object.entries(properties).map(([name, schema]) => row(name, schema, required.includes(name)));
  return rows.length === 0 ? '' : table(heading, rows);
}

/** A table of fields with rows of {@link row}. */
export function table(heading: string, rows: readonly string[]): string {
  return `| ${heading} | form | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** A field: its name, its form, what it means. */
export function row(name: string, schema: AnySchema, isRequired: boolean, mark = 'required'): string {
  const meaning = meaningOf(schema);
  const said = [isRequired ? mark : '', meaning].filter(Boolean).join('; ');
  return `| \`${name}\` | ${cell(formOf(schema))} | ${cell(said)} |`;
}

/** Its own description; else that of what it may be beside null. */
function meaningOf(schema: AnySchema): string | undefined {
  if (typeof schema === 'boolean') return undefined;
  return schema.description ?? schema.anyOf?.map(meaningOf).find((meaning) => meaning !== undefined);
}

/** What an answer is, in a few words: a schema with a name as a link to it, an object by its fields. */
export function shapeOf(schema: AnySchema): string {
  if (typeof schema === 'boolean') return 'anything';
  if (schema.$ref) return link(schema.$ref);
  if (schema.items) return `list of ${formsOf(schema.items)}`;
  if (!schema.properties) return formOf(schema);
  if (Object.keys(schema.properties).length === 0) return 'object';
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const isSimple = typeof field === 'object' && (field.$ref || field.items);
    return isSimple ? `\`${name}\`: ${shapeOf(field)}` : `\`${name}\``;
  });
  return `{ ${fields.join(', ')} }`;
}

/** A JSON schema in a few words. */
export function formOf(schema: AnySchema): string {
  if (typeof schema === 'boolean') return 'anything';
  const { $ref, anyOf, type, format, items, properties, default: byDefault } = schema;
  const values = schema.enum?.map((value) => `\`${String(value)}\``).join(', ');
  const kind = $ref
    ? link($ref)
    : anyOf
      ? anyOf.map(formOf).join(' or ')
      : values
        ? `one of ${values}`
        : schema.const !== undefined
          ? `\`${JSON.stringify(schema.const)}\``
          : items
            ? `list of ${formsOf(items)}`
            : properties
              ? shapeOf(schema)
              : simple(type, format);
  const told = byDefault === undefined ? '' : `default ${JSON.stringify(byDefault)}`;
  return [kind, ...boundsOf(schema), told].filter(Boolean).join(', ');
}

function formsOf(items: NonNullable<JsonSchema['items']>): string {
  return Array.isArray(items) ? items.map(formOf).join(', ') : formOf(items);
}

function simple(type: JsonSchema['type'], format: string | undefined): string {
  if (Array.isArray(type)) return type.map((each) => simple(each, format)).join(' or ');
  if (format === 'email') return 'an e-mail address';
  if (format === 'date-time') return 'time';
  if (format === 'date') return 'day';
  if (type === 'integer') return 'whole number';
  if (type === 'boolean') return 'true or false';
  return type === undefined ? 'anything' : type === 'string' ? 'text' : String(type);
}

function boundsOf({ pattern, maxLength, minimum, maximum, maxItems }: JsonSchema): string[] {
  return [
    pattern === undefined ? '' : `matches \`${pattern}\``,
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    minimum === undefined || maximum === MAX_ID
      ? ''
      : maximum === undefined
        ? `at least ${minimum}`
        : `from ${minimum} to ${maximum}`,
    maxItems === undefined ? '' : `at most ${maxItems}`,
  ];
}

function link(ref: string): string {
  const name = ref.split('/').at(-1) ?? ref;
  return `[${name}](#${name.toLowerCase()})`;
}

/** Text in a cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
