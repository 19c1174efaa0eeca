import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import request from 'supertest';
import { type DocumentedAnswer, openApiDocument } from '../../src/server/openapi-document.js';
import { OPERATIONS } from '../../src/server/routes/openapi.js';

/** The document as a client gets it. */
export const DOCUMENT = openApiDocument(OPERATIONS);

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
ajv.addVocabulary(['components', 'example']);
const { schemas } = DOCUMENT.components;
const components = closed({ schemas });
const compiled = new Map<string, ValidateFunction>();

interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

/** What contradicts the document in an answer of the API: an unknown status, type or field, or a wrong value. Null: nothing. */
export function answerFault({ method, path, status, type, body }: Answer): string | null {
  const template = templateOf(path);
  const documented = template && DOCUMENT.paths[template]?.[method.toLowerCase()];
  const where = `${method} ${path} answered ${status}`;
  if (!documented)
    return status >= 400 || !path.startsWith('/api')
      ? null
      : `${where}, and the document has no such operation`;
  // Faults of ours are in no document.
  if (status === 500) return null;
  const answer = documented.responses[status];
  if (!answer) return `${where}, which the document does not have`;
  const fault = contentFault(`${method} ${template} ${status}`, answer, type, body);
  return fault && `${where}: ${fault}`;
}

function contentFault(
  name: string,
  { content }: DocumentedAnswer,
  type: string,
  body: unknown,
): string | null {
  if (content === undefined) return type === '' ? null : `it has a body of ${type}`;
  const schema = content[type]?.schema;
  if (!schema) return `its type is ${type || 'none'}`;
  if (type !== 'application/json') return null;
  const validate = compiled.get(name) ?? ajv.compile({ ...closed(schema), components });
  compiled.set(name, validate);
  return validate(body) ? null : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`;
}

/** Clients must bear fields that are added later; here each field has to be in the document. */
function closed(schema: object): object {
  const inner = Object.entries(schema).map(([key, value]: [string, unknown]) => {
    if (Array.isArray(value)) return [key, value.map((item: unknown) => closedValue(item))];
    return [key, closedValue(value)];
  });
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return { ...Object.fromEntries(inner), ...(isOpen ? { additionalProperties: false } : {}) };
}

function closedValue(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? closed(value) : value;
}

/** The path of the document that a request's path is of; null when there is none. */
function templateOf(path: string): string | null {
  const templates = Object.keys(DOCUMENT.paths);
  if (templates.includes(path)) return path;
  const fits = (template: string) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return templates.find(fits) ?? null;
}

/** Asks a gateway as `supertest` does, and holds every answer of its API against the document. */
export function documentedApi(url: string) {
  return request.agent(url).use((asked: request.Test) => {
    asked.expect((answer) => {
      const { method } = asked;
      const path = new URL(asked.url).pathname;
      const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
      const fault = answerFault({ method, path, status: answer.status, type, body: answer.body });
      if (fault) throw new Error(fault);
    });
  });
}
