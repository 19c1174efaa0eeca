import { z } from 'zod';
import {
  AppointmentBody,
  AppointmentChange,
  AvailabilityQuery,
  CallFilter,
  CustomerBody,
  CustomerChange,
  CustomerFilter,
  Period,
  VehicleBody,
  VehicleChange,
} from '../../src/server/routes/api-input.js';
import { GENERATED } from './generated.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly meaning: string;
  /** What it takes: fields of a query, or of a JSON body. */
  readonly takes?: { readonly name: string; readonly schema: z.ZodType };
}

const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/customers',
    meaning: 'customers with their vehicles: `{ "customers": […] }`',
    takes: { name: 'CustomerFilter', schema: CustomerFilter },
  },
  {
    method: 'POST',
    path: '/api/customers',
    meaning: 'a new customer: 201',
    takes: { name: 'CustomerBody', schema: CustomerBody },
  },
  { method: 'GET', path: '/api/customers/{id}', meaning: 'one customer' },
  {
    method: 'PATCH',
    path: '/api/customers/{id}',
    meaning: 'changes the fields that are given',
    takes: { name: 'CustomerChange', schema: CustomerChange },
  },
  {
    method: 'POST',
    path: '/api/customers/{id}/vehicles',
    meaning: 'a new vehicle of a customer: 201',
    takes: { name: 'VehicleBody', schema: VehicleBody },
  },
  {
    method: 'PATCH',
    path: '/api/vehicles/{id}',
    meaning: 'changes the fields that are given',
    takes: { name: 'VehicleChange', schema: VehicleChange },
  },
  { method: 'DELETE', path: '/api/vehicles/{id}', meaning: 'removes a vehicle: 204' },
  {
    method: 'GET',
    path: '/api/appointments',
    meaning: 'appointments of a period: `{ "appointments": […] }`',
    takes: { name: 'Period', schema: Period },
  },
  {
    method: 'POST',
    path: '/api/appointments',
    meaning: 'books: 201; 409 when the time is taken',
    takes: { name: 'AppointmentBody', schema: AppointmentBody },
  },
  { method: 'GET', path: '/api/appointments/{id}', meaning: 'one appointment' },
  {
    method: 'PATCH',
    path: '/api/appointments/{id}',
    meaning: 'changes or moves it',
    takes: { name: 'AppointmentChange', schema: AppointmentChange },
  },
  { method: 'DELETE', path: '/api/appointments/{id}', meaning: 'cancels it and answers with it' },
  {
    method: 'GET',
    path: '/api/availability',
    meaning: 'open times: `{ "availability": […] }`',
    takes: { name: 'AvailabilityQuery', schema: AvailabilityQuery },
  },
  {
    method: 'GET',
    path: '/api/calls',
    meaning: 'finished calls: `{ "calls": […] }`',
    takes: { name: 'CallFilter', schema: CallFilter },
  },
  {
    method: 'GET',
    path: '/api/calls/{call_sid}',
    meaning:
      "one finished call. `agent` is who had it (`realtime>keypad`: one after the other), `usage` the tokens of its models, `latency.model_ms` from the end of the caller's speech to the first audio of its model",
  },
  {
    method: 'GET',
    path: '/api/live',
    meaning:
      'sessions of the live calls of all gateways: `{ "live": […] }`, with `"partial": true` while Redis does not answer and only those of the gateway asked are known. With `Accept: text/event-stream` every change, as events `session` and `ended`, for 32 watchers of a gateway at once; further ones get 503',
  },
  { method: 'GET', path: '/api/shop', meaning: "the shop's name and time zone" },
];

/** Everything else that the gateway answers. */
const OTHERS = `| address | |
| --- | --- |
| \`/\` | the front desk: calls as they happen, appointments to come, finished calls |
| \`POST /twilio/voice\`, \`/twilio/voice/next\`, \`/twilio/stream-status\`, \`/twilio/call-status\` | Twilio's webhooks: 403 without its signature when \`TWILIO_AUTH_TOKEN\` is set. Other methods get 405 |
| WebSocket \`/twilio/media/TOKEN\` | Twilio's media stream |
| \`GET /health\` | the process is alive |
| \`GET /health/redis\` | \`up\`, \`down\` (503) or \`not configured\` |
| \`GET /health/ready\` | ready for calls: 200 with \`ok\`, or \`degraded\` and what is missing; 503 while it starts or drains |
| \`GET /metrics\` | for Prometheus: see [Metrics](metrics.md) |`;

/** `docs/http-api.md`. */
export function httpApiPage(): string {
  const rows = ROUTES.map(({ method, path, meaning, takes }) => {
    const input = takes ? `[${takes.name}](#${takes.name.toLowerCase()})` : '';
    return `| \`${method} ${path}\` | ${input} | ${meaning} |`;
  });
  const inputs = ROUTES.flatMap(({ method, takes }) => (takes ? [inputOf(takes, method)] : []));
  return `${GENERATED('tools/docs/http-api-page.ts and src/server/routes/api-input.ts')}
# Addresses and the HTTP API

${OTHERS}

## The API

Without \`ADMIN_TOKEN\` it answers this machine only (401 elsewhere). With it: \`Authorization: Bearer TOKEN\`, or the token as the password of HTTP Basic. What "this machine" means
is in [SECURITY.md](../SECURITY.md#two-tokens-and-what-they-protect). Bodies are \`application/json\` in UTF-8, at most 64 kB.

| request | takes | answers |
| --- | --- | --- |
${rows.join('\n')}

Times are ISO 8601. Without an offset they are the shop's days and times. Of a time that the clock shows twice the first is meant; one that it skips is refused.
They are of the years 1900 to 2199. Lists are paged: \`limit\` (50 when absent), and \`before\` with the last id (of calls, the last \`call_sid\`) that you have.

An error is \`{ "error": "a sentence" }\`: 400 names every wrong field, 401 and 403 say what is missing, 404 there is no such thing, 409 the time is taken or the number another customer's, 413 too much, 415 the body is no JSON in UTF-8,
429 too many wrong tokens, 503 the database cannot be reached. Unknown fields of a body are refused.

${inputs.join('\n')}`;
}

function inputOf({ name, schema }: { name: string; schema: z.ZodType }, method: string): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const rows = Object.entries(properties).map(
    ([field, given]) => `| \`${field}\` | ${formOf(given)} | ${required.includes(field) ? 'required' : ''} |`,
  );
  const where = method === 'GET' ? 'in the query' : 'in the body';
  return `### ${name}\n\n| ${where} | form | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

type JsonSchema = z.core.JSONSchema._JSONSchema;
type JsonType = z.core.JSONSchema.BaseSchema['type'];

/** A JSON schema in a few words. */
function formOf(schema: JsonSchema): string {
  if (typeof schema === 'boolean') return 'anything';
  const { anyOf, type, format, pattern, minimum, maximum, maxLength, default: byDefault } = schema;
  const alternative = anyOf?.map(formOf).join(' or ');
  const values = schema.enum?.map((value) => `\`${String(value)}\``).join(', ');
  const kind = format === 'email' ? 'an e-mail address' : type === 'integer' ? 'whole number' : typeOf(type);
  const bounds = [
    pattern && format !== 'email' ? `matches \`${pattern.replaceAll('|', '\\|')}\`` : '',
    maxLength === undefined ? '' : `at most ${maxLength} characters`,
    minimum === undefined ? '' : `from ${minimum} to ${boundOf(maximum)}`,
  ];
  const told = schema.description ?? alternative ?? (values && `one of ${values}`);
  const own = [
    ...(told ? [told] : [kind, ...bounds]),
    byDefault === undefined ? '' : `default ${JSON.stringify(byDefault)}`,
  ];
  return own.filter(Boolean).join(', ');
}

function typeOf(type: JsonType): string {
  return typeof type === 'string' && type !== 'string' ? type : 'text';
}

/** The year of a vehicle may be the next one: the page must not change with the calendar. */
function boundOf(maximum: number | undefined): string {
  return maximum === new Date().getUTCFullYear() + 1 ? 'next year' : String(maximum);
}
