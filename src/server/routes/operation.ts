import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.js';
import type { Unchanged } from '../../core/fields.js';
import { CALL_SID } from '../../twilio/messages.js';
import { idOf, parse } from './api-input.js';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** A request that is answered with `status` by a shop that has what its path names. The document shows it, and a test sends it. */
export interface ExampleRequest {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON; a text when the operation takes another type. */
  readonly body?: unknown;
}

/**
 * What one address takes and answers with one method. Its route is made from it ({@link serve}), and so is its place in the OpenAPI document.
 * `Query`, `Body` and `Answer` are what the schemas make; `undefined` where there is no schema.
 */
export interface Operation<Path extends string = string, Query = unknown, Body = unknown, Answer = unknown> {
  readonly method: Method;
  /** As OpenAPI writes it: `/api/customers/{id}`. What stands in braces is one of {@link PATH_PARAMETERS}. */
  readonly path: Path;
  /** Its name for programs: `changeCustomer`. */
  readonly id: string;
  /** It answers whoever reaches it, without a token. */
  readonly isOpen?: true;
  /** The group in which the document shows it. */
  readonly tag: string;
  /** What it does, in a line without a full stop. */
  readonly summary: string;
  /** What else there is to know, in whole sentences. */
  readonly details?: string;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** The type of a body that is no JSON, such as `text/csv`: the route reads it by itself. */
  readonly bodyType?: string;
  /** Of the answer; 200 when absent. 204 has no body. */
  readonly status?: number;
  readonly answer?: z.ZodType<Answer>;
  /** The type of an answer that is no JSON. */
  readonly answerType?: string;
  /** Other types that the answer may have when `Accept` asks for them, and what it is then. */
  readonly also?: Readonly<Record<string, string>>;
  /** Statuses of refusals beside those that every operation of its kind has, and when they come. */
  readonly errors?: Readonly<Record<number, string>>;
  /** What a refusal of `errors` holds where it is no `{"error": …}`. */
  readonly errorAnswer?: z.ZodType;
  readonly example: ExampleRequest;
}

/** Describes an operation; see {@link Operation}. */
export function operation<const Path extends string, Query = undefined, Body = undefined, Answer = undefined>(
  described: Operation<Path, Query, Body, Answer>,
): Operation<Path, Query, Body, Answer> {
  return described;
}

/** What can stand in a path, as the document tells it. */
export const PATH_PARAMETERS: Readonly<Record<string, z.ZodType>> = {
  id: z.int().positive().describe('an id'),
  call_sid: z.string().regex(CALL_SID).describe('a `call_sid`'),
  secret: z.string().describe('what only the shop and its calendar programs know'),
};

type PathNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathNames<Rest>
  : never;
/** The values in a path by their names: ids are numbers. */
type PathValues<Path extends string> = {
  readonly [Name in PathNames<Path>]: Name extends 'id' ? number : string;
};
/** What an operation answers, for whoever asks it; a value that nobody changes. */
export type AnswerOf<Described> =
  Described extends Operation<string, infer _Query, infer _Body, infer Answer> ? Unchanged<Answer> : never;

/** What came with a request, checked. */
interface Input<Path extends string, Query, Body> {
  readonly path: PathValues<Path>;
  readonly query: Query;
  readonly body: Body;
}

/** Where there is no schema, what is given is not sent. */
type Given<Answer> = [Answer] extends [undefined] ? unknown : Unchanged<Answer>;

type Handler<Path extends string, Query, Body, Answer> = (
  input: Input<Path, Query, Body>,
  request: Request,
) => Promise<Given<Answer>> | Given<Answer>;

/**
 * Adds the route of an operation: `handle` gets what its schemas make of the request, and what it gives is the answer. A path with what can be no id is
 * `NOT_FOUND`, a wrong query or body `BAD_REQUEST` with every wrong field named.
 */
export function serve<Path extends string, Query, Body, Answer>(
  router: Router,
  { method, path, query, body, status = 200 }: Operation<Path, Query, Body, Answer>,
  handle: Handler<Path, Query, Body, Answer>,
): void {
  router[method](expressPath(path), async (request: Request, response: Response) => {
    const input: Input<Path, Query, Body> = {
      path: pathValues(path, request.params),
      query: parsedBy(query, request.query),
      body: parsedBy(body, request.body),
    };
    const answer = await handle(input, request);
    if (status === 204) response.status(status).end();
    else response.status(status).json(answer);
  });
}

/** A path as Express writes it, for a route that {@link serve} does not fit: `/api/customers/:id`. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** What a schema makes of it; nothing where there is no schema. Throws `BAD_REQUEST` naming every wrong field. */
export function parsedBy<T>(schema: z.ZodType<T> | undefined, given: unknown): T;
export function parsedBy(schema: z.ZodType | undefined, given: unknown): unknown {
  return schema && parse(schema, given);
}

function pathValues<Path extends string>(path: Path, given: Request['params']): PathValues<Path>;
function pathValues(path: string, given: Request['params']): object {
  return Object.fromEntries(pathNames(path).map((name) => [name, pathValue(name, given[name])]));
}

/** The names in braces. */
export function pathNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

function pathValue(name: string, given: string | string[] | undefined): string | number {
  const text = typeof given === 'string' ? given : '';
  const value = name === 'id' ? idOf(text) : text;
  const isWrong = value === null || (name === 'call_sid' && !CALL_SID.test(text));
  if (isWrong) throw new GatewayError('NOT_FOUND', `There is nothing with this ${name}.`);
  return value;
}
