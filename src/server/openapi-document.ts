import { z } from 'zod';
import { VERSION } from '../core/version.js';
import { DESK_COOKIE } from './desk-sessions.js';
import { type JsonSchema, JsonSchemas } from './json-schemas.js';
import { type Operation, PATH_PARAMETERS, pathNames } from './routes/operation.js';

export interface Content {
  readonly [type: string]: { readonly schema: JsonSchema; readonly example?: unknown };
}

interface DocumentedParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
  readonly example?: unknown;
}

export interface DocumentedAnswer {
  readonly description: string;
  readonly content?: Content;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly DocumentedParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof openApiDocument>;

const DESCRIPTION =
  'The data of the shop and what the gateway tells of itself. Times are ISO 8601; without an offset they are meant in the zone of the shop. Lists are paged: `limit`, and `before` with the last id that you have. Unknown fields of a body are refused.';

/** Every refusal. */
const ErrorAnswer = z
  .object({ error: z.string().describe('a sentence that says what is wrong and what to do') })
  .meta({
    id: 'Error',
    description: 'A refusal.',
    examples: [{ error: 'There is no customer with this id.' }],
  });

const WITH_TOKEN = [{ token: [] }, { password: [] }, { desk: [] }];

/** The document of these operations. Throws for two schemas of one name, and for an unknown name in a path. */
export function openApiDocument(operations: readonly Operation[]) {
  const schemas = new JsonSchemas();
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: documented(operation, schemas),
    };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Bayline', version: VERSION, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'ADMIN_TOKEN. Without one the API answers this machine only.',
        },
        password: {
          type: 'http',
          scheme: 'basic',
          description: 'ADMIN_TOKEN as the password, with any name.',
        },
        desk: {
          type: 'apiKey',
          in: 'cookie',
          name: DESK_COOKIE,
          description: 'The cookie of whoever has signed in at `POST /api/session`.',
        },
      },
    },
    security: WITH_TOKEN,
  };
}

function documented(operation: Operation, schemas: JsonSchemas): DocumentedOperation {
  const { id, tag, summary, details, body, bodyType, example } = operation;
  const parameters = parametersOf(operation, schemas);
  const type = bodyType ?? (body && 'application/json');
  const schema = body ? schemas.input(body) : { type: 'string' as const };
  const isRequired = bodyType !== undefined || (body !== undefined && !body.safeParse({}).success);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(details ? { description: details } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(type
      ? { requestBody: { required: isRequired, content: { [type]: { schema, example: example.body } } } }
      : {}),
    responses: answersOf(operation, schemas),
    ...securityOf(operation),
  };
}

/** Figures of the gateway ask for the token only of whoever comes through a proxy. */
function securityOf({ path, isOpen }: Operation): Pick<DocumentedOperation, 'security'> {
  if (isOpen) return { security: [{}] };
  return path.startsWith('/api/') ? {} : { security: [{}, ...WITH_TOKEN] };
}

function parametersOf({ path, query, example }: Operation, schemas: JsonSchemas): DocumentedParameter[] {
  const inPath = pathNames(path).map((name) => {
    const schema = PATH_PARAMETERS[name];
    if (!schema) throw new Error(`${path}: tell in PATH_PARAMETERS what {${name}} is.`);
    return parameter('path', name, true, schemas.input(schema), example.path);
  });
  const { properties = {}, required = [] } = query ? schemas.input(query) : {};
  const inQuery = Object.entries(properties).map(([name, schema]) =>
    parameter(
      'query',
      name,
      required.includes(name),
      typeof schema === 'boolean' ? {} : schema,
      example.query,
    ),
  );
  return [...inPath, ...inQuery];
}

function parameter(
  place: 'path' | 'query',
  name: string,
  required: boolean,
  { description, ...schema }: JsonSchema,
  examples: Readonly<Record<string, string | number>> = {},
): DocumentedParameter {
  const given = examples[name];
  const example = schema.type === 'integer' && given !== undefined ? Number(given) : given;
  return {
    name,
    in: place,
    required,
    ...(description ? { description } : {}),
    schema,
    ...(example === undefined ? {} : { example }),
  };
}

function answersOf(operation: Operation, schemas: JsonSchemas): Record<string, DocumentedAnswer> {
  const { status = 200, answer, answerType, also = {}, summary, errorAnswer } = operation;
  const own: Content = {
    ...(answer ? { [answerType ?? 'application/json']: { schema: schemas.output(answer) } } : {}),
    ...(answerType && !answer ? { [answerType]: { schema: { type: 'string' } } } : {}),
    ...Object.fromEntries(
      Object.entries(also).map(([type, description]) => [type, { schema: { type: 'string', description } }]),
    ),
  };
  const contentOf = (schema: z.ZodType) => ({ 'application/json': { schema: schemas.output(schema) } });
  // As the error handler writes them.
  const usual: Content = operation.path.startsWith('/api/')
    ? contentOf(ErrorAnswer)
    : { 'text/plain': { schema: { type: 'string' } } };
  const refusals = Object.entries(refusalsOf(operation)).map(([code, description]) => {
    const isOwn = operation.errors?.[Number(code)] !== undefined;
    return [code, { description, content: isOwn && errorAnswer ? contentOf(errorAnswer) : usual }];
  });
  return {
    [status]: { description: summary, ...(Object.keys(own).length > 0 ? { content: own } : {}) },
    ...Object.fromEntries(refusals),
  };
}

/** The statuses of refusals, and when they come: those of an operation's kind and its own. */
function refusalsOf({ path, query, body, bodyType, errors = {} }: Operation): Record<number, string> {
  const hasInput = query !== undefined || body !== undefined;
  const hasBody = body !== undefined || bodyType !== undefined;
  return {
    ...(hasInput ? { 400: 'Wrong fields, each named.' } : {}),
    ...(path.startsWith('/api/')
      ? {
          401: 'The token is missing or wrong.',
          403: 'A page of another site asks, or the Host is another.',
          429: 'Too many wrong tokens.',
          503: 'The database cannot be reached.',
        }
      : {}),
    ...(path.includes('{') ? { 404: 'There is no such thing.' } : {}),
    ...(hasBody ? { 413: 'The body is too large.', 415: 'The body has another type, or is not UTF-8.' } : {}),
    ...errors,
  };
}
