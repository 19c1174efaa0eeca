import { z } from 'zod';
import { parsedJson } from '../../../core/json.js';
import type { MaybePromise } from '../../../core/maybe-promise.js';
import type { ToolAnswer, ToolContext } from './tool-answer.js';

/** Longer arguments are not even read. */
const LONGEST_ARGUMENTS = 4_000;

/** One function of the model. */
export interface Tool {
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** JSON schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** False: it answers at once, and never rejects. */
  readonly asksDesk: boolean;
  /** `text`: the arguments as the model wrote them, which may be anything. Rejects as the desk does. */
  run(text: string, context: ToolContext): Promise<ToolAnswer>;
}

interface ToolParts<S extends z.ZodObject> {
  readonly description: string;
  readonly schema: S;
  /** Absent: it does. */
  readonly asksDesk?: boolean;
  readonly work: (input: z.infer<S>, context: ToolContext) => MaybePromise<ToolAnswer>;
}

export function defineTool<S extends z.ZodObject>({
  description,
  schema,
  asksDesk = true,
  work,
}: ToolParts<S>): Tool {
  const { $schema: _, ...parameters } = z.toJSONSchema(schema);
  return {
    description,
    parameters,
    asksDesk,
    run: async (text, context) => {
      const given = text.length > LONGEST_ARGUMENTS ? undefined : parsedJson(text.trim() || '{}');
      const read = schema.safeParse(given);
      return read.success ? work(read.data, context) : wrongArguments(schema, read.error);
    },
  };
}

/** Models write null, or nothing at all, for what they leave out. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish();
}

/** The name by which the model speaks of something that was told in this call: `s1`, `a2`, `v1`. */
export function handle(letter: 's' | 'a' | 'v') {
  return z.string().regex(new RegExp(`^${letter}[1-9]\\d{0,3}$`));
}

export const Confirmed = z
  .boolean()
  .describe('true only after you have read it back to the caller and the caller has said yes to it');

export const Nothing = z.strictObject({});

/** Says what is wrong and repeats nothing of it: it may be anything, and the model would read it as its own. */
function wrongArguments(schema: z.ZodObject, error: z.ZodError): ToolAnswer {
  const wrong = new Set(error.issues.map(({ path: [field] }) => String(field)));
  const fields = Object.keys(schema.shape).filter((field) => wrong.has(field));
  const what =
    fields.length > 0 ? `Look at: ${fields.join(', ')}.` : 'They have something that does not belong there.';
  return {
    output: `Nothing was done: the arguments do not fit the schema. ${what} Correct them and call again.`,
    result: 'invalid',
  };
}
