import { signal } from '@preact/signals';
import { learnTime } from './clock.js';

/** False when the gateway has asked for the token: the page shows the sign-in. */
export const isSignedIn = signal(true);

/** A refusal of the gateway; its message is the sentence to show. `status` 0: the gateway was not reached. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** The JSON that it came with, if any. */
    readonly answer: unknown = undefined,
  ) {
    super(message);
  }
}

interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a `Blob` (a file) as it is, packed. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A gateway answers a question in a few seconds, or not at all. */
const ANSWER_MS = 30_000;
const UNREACHABLE = 'The gateway cannot be reached. Is it running, and is this device online?';

/** What the API answers to a request; undefined where the answer has no body. Throws a {@link Refusal}, or an `AbortError` when `signal` ended it. */
export async function ask<T>(address: string, { method = 'GET', body, signal }: Asking = {}): Promise<T> {
  const content = await contentOf(body);
  const ends = [
    ...(signal ? [signal] : []),
    // Of a change nobody knows whether it was done: it may take its time.
    ...(method === 'GET' ? [AbortSignal.timeout(ANSWER_MS)] : []),
  ];
  const response = await reach(address, { method, ...content, signal: AbortSignal.any(ends) });
  return (response.status === 204 ? undefined : await received(response.json())) as T;
}

/** The answer to a request when it is no JSON. Throws as {@link ask} does. */
export async function reach(address: string, request: RequestInit): Promise<Response> {
  const response = await received(fetch(address, { credentials: 'same-origin', ...request }));
  learnTime(response.headers.get('Date'));
  if (response.ok) return response;
  if (response.status === 401) isSignedIn.value = false;
  throw await refusalOf(response);
}

/** What a browser says when the connection ends too early is no sentence to show. */
export async function received<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal(UNREACHABLE, 0);
  }
}

/** The sentence to show for whatever was thrown. */
export function sentenceFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function contentOf(body: unknown): Promise<{ headers: Record<string, string>; body?: BodyInit }> {
  const headers = { Accept: 'application/json' };
  if (body === undefined) return { headers };
  if (!(body instanceof Blob))
    return { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const packed = await new Response(body.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  return { headers: { ...headers, 'Content-Type': body.type, 'Content-Encoding': 'gzip' }, body: packed };
}

async function refusalOf(response: Response): Promise<Refusal> {
  const { status } = response;
  try {
    const answer = (await response.json()) as { error?: unknown };
    if (typeof answer.error === 'string') return new Refusal(answer.error, status, answer);
  } catch {
    // No JSON: a proxy answered.
  }
  return new Refusal(`The gateway answered with status ${status}.`, status);
}
