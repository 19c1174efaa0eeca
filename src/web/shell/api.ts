import { signal } from '@preact/signals';

/** False when the gateway has asked for the token: the page shows the sign-in. */
export const isSignedIn = signal(true);

/** A refusal of the gateway; its message is the sentence to show. `status` 0: the gateway was not reached. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

interface Asking {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a `Blob` (a file) as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const UNREACHABLE = 'The gateway cannot be reached. Is it running, and is this device online?';

/** What the API answers to a request; undefined where the answer has no body. Throws a {@link Refusal}, or an `AbortError` when `signal` ended it. */
export async function ask<T>(address: string, { method = 'GET', body, signal }: Asking = {}): Promise<T> {
  const response = await send(address, { method, ...contentOf(body), ...(signal ? { signal } : {}) });
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  if (response.status === 401) isSignedIn.value = false;
  throw new Refusal(await sentenceOf(response), response.status);
}

/** The sentence to show for whatever was thrown. */
export function sentenceFor(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function send(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', ...request });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal(UNREACHABLE, 0);
  }
}

function contentOf(body: unknown): { headers: Record<string, string>; body?: BodyInit } {
  const headers = { Accept: 'application/json' };
  if (body === undefined) return { headers };
  if (body instanceof Blob) return { headers: { ...headers, 'Content-Type': body.type }, body };
  return { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function sentenceOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // No JSON: a proxy answered.
  }
  return `The gateway answered with status ${response.status}.`;
}
