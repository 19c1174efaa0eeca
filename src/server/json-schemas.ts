import { z } from 'zod';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Zod's schemas as JSON schemas of 2020-12; those that have a name (`meta({ id })`) stand once, under it, and the others refer to them. */
export class JsonSchemas {
  readonly #named: Record<string, JsonSchema> = {};

  /** The schemas with a name that have been met, by it. */
  get named(): Readonly<Record<string, JsonSchema>> {
    return this.#named;
  }

  /** What is sent to the gateway. Throws when another schema has the name of one in it. */
  input(schema: z.ZodType): JsonSchema {
    return this.#converted(schema, 'input');
  }

  /** What the gateway answers. Fields may be added to an answer, so others than those that are named are allowed. Throws as `input` does. */
  output(schema: z.ZodType): JsonSchema {
    return this.#converted(schema, 'output');
  }

  #converted(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const converted = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        const { def } = zodSchema._zod;
        if (io === 'input' && def.type === 'default')
          jsonSchema.default = def.defaultValue as JsonSchema['default'];
        tidy(jsonSchema, io);
      },
    });
    const text = JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/');
    const { $schema, $defs = {}, ...own }: JsonSchema = JSON.parse(text);
    for (const [name, found] of Object.entries($defs)) this.#keep(name, found);
    return own;
  }

  #keep(name: string, schema: JsonSchema): void {
    const kept = this.#named[name];
    if (kept && JSON.stringify(kept) !== JSON.stringify(schema)) {
      throw new Error(
        `Two schemas have the name ${name}: give what is sent another name than what is answered.`,
      );
    }
    this.#named[name] = schema;
  }
}

function tidy(schema: JsonSchema, io: 'input' | 'output'): void {
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  // Any whole number: JavaScript's own limits tell nothing.
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  // The format says it. A number in a query is matched as a text.
  if (schema.format !== undefined || schema.type === 'integer') delete schema.pattern;
}
