import {
  type Content,
  type DocumentedOperation,
  type OpenApiDocument,
  openApiDocument,
} from '../../src/server/openapi-document.js';
import { OPERATIONS } from '../../src/server/routes/openapi.js';
import { GENERATED } from './generated.js';
import { fieldTable, row, shapeOf, table } from './schema-words.js';

/** What is no part of the API. */
const OTHERS = `| address | |
| --- | --- |
| \`/\`, \`/phone\` and others | [the front desk](front-desk.md): a page, which asks for the token itself; without \`ADMIN_TOKEN\` for this machine only (401) |
| \`POST /twilio/voice\`, \`/twilio/voice/next\`, \`/twilio/stream-status\`, \`/twilio/call-status\` | Twilio's webhooks: 403 without its signature when \`TWILIO_AUTH_TOKEN\` is set. Other methods get 405 |
| WebSocket \`/twilio/media/TOKEN\` | Twilio's media stream; also of calls from the page, with a token that only the page may use |`;

const INTRODUCTION = `\`GET /api/openapi.json\` answers all of this as an OpenAPI 3.1 document, for programs.

Without \`ADMIN_TOKEN\` the API answers this machine only (401 elsewhere). With it: \`Authorization: Bearer TOKEN\`, the token as the password of HTTP Basic, or the cookie of \`POST /api/session\`. What "this machine" means
is in [SECURITY.md](../SECURITY.md#two-tokens-and-what-they-protect). Bodies are \`application/json\` in UTF-8, at most 64 kB, unless another type is named.

Times are ISO 8601. Without an offset they are the shop's days and times. Of a time that the clock shows twice the first is meant; one that it skips is refused.
They are of the years 1900 to 2199. Lists are paged: \`limit\` (50 when absent), and \`before\` with the last id (of calls, the last \`call_sid\`) that you have.

An error is \`{ "error": "a sentence" }\`: 400 names every wrong field, 401 and 403 say what is missing, 404 there is no such thing, 409 it contradicts what is there, 413 too much, 415 the body is of another type or not UTF-8,
429 too many wrong tokens, 503 the database cannot be reached. Unknown fields of a body are refused. Below, only the refusals with a meaning of their own are listed.`;

/** Refusals of which the introduction tells enough. */
const USUAL = ['400', '401', '403', '404', '413', '415', '429'];

/** `docs/http-api.md`. */
export function httpApiPage(): string {
  const document = openApiDocument(OPERATIONS);
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      title: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  const sections = document.tags.map(({ name }) => {
    const own = all.filter(({ operation }) => operation.tags.includes(name));
    const overview = own.map(
      ({ title, operation }) => `| [\`${title}\`](#${anchorOf(title)}) | ${operation.summary} |`,
    );
    const details = own.map(({ title, operation }) => operationOf(title, operation));
    return `## ${name}\n\n| request | |\n| --- | --- |\n${overview.join('\n')}\n\n${details.join('\n')}`;
  });
  return `${GENERATED('the operations in src/server/routes/')}
# Addresses and the HTTP API

${OTHERS}

${INTRODUCTION}

${sections.join('\n')}
## Schemas

${schemasOf(document)}`;
}

function operationOf(title: string, operation: DocumentedOperation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const inQuery = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema, required, description: meaning }) =>
      row(name, { ...schema, ...(meaning ? { description: meaning } : {}) }, required),
    );
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    type === 'application/json' ? fieldTable('in the body', schema) : `The body is \`${type}\`.\n`,
  );
  const answers = Object.entries(responses)
    .filter(([status]) => !USUAL.includes(status))
    .filter(([status, { description: why }]) => status !== '503' || !why.startsWith('The database'))
    .map(([status, { description: why, content }]) => answerLine(status, why, content));
  return [
    `### ${title}\n`,
    `${[summary, description].filter(Boolean).join('. ')}\n`,
    inQuery.length > 0 ? table('in the query', inQuery) : '',
    ...bodies,
    `${answers.join('\n')}\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function answerLine(status: string, why: string, content: Content = {}): string {
  const shapes = Object.entries(content).map(([type, { schema }]) => {
    if (type === 'application/json') return shapeOf(schema);
    return `\`${type}\`${schema.description ? `: ${schema.description}` : ''}`;
  });
  const isGood = status.startsWith('2');
  if (shapes.length === 0) return `- ${status}: no body`;
  return isGood ? `- ${status}: ${shapes.join(`\n- ${status}: `)}` : `- ${status}: ${why}`;
}

function schemasOf({ components }: OpenApiDocument): string {
  return Object.entries(components.schemas)
    .sort(([one], [other]) => one.localeCompare(other, 'en'))
    .map(([name, schema]) => {
      const fields = fieldTable('field', { ...schema, required: [] });
      return `### ${name}\n\n${schema.description ?? ''}\n\n${fields}`;
    })
    .join('\n');
}

/** As GitHub makes it of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
