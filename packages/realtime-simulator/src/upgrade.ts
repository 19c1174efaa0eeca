import type { IncomingMessage } from 'node:http';
import type { Profile } from './profiles.js';
import type { Opening } from './script/script.js';

/** Why an upgrade is refused: an HTTP status and the error in its body. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface UpgradeRules {
  readonly profile: Profile;
  /** `null`: any key does, but one must be there. */
  readonly apiKey: string | null;
  /** Models or deployments that exist; `null`: all. */
  readonly models: readonly string[] | null;
  readonly opening: Opening;
}

/** `null`: the connection is taken. */
export function refusalOf(
  request: IncomingMessage,
  { profile, apiKey, models, opening }: UpgradeRules,
): Refusal | null {
  if (opening.refuse !== undefined) return scriptedRefusal(opening.refuse);
  const { pathname, searchParams } = addressOf(request);
  if (pathname !== profile.path)
    return { status: 404, code: 'not_found', message: `Nothing is at ${pathname}. Try ${profile.path}.` };
  if (profile.auth !== 'none' && !hasKey(request, profile, apiKey))
    return { status: 401, code: 'invalid_api_key', message: 'Incorrect API key provided.' };
  const asked = ['model', 'call_id', 'intent'].filter((name) => searchParams.has(name));
  if (asked.length > 1 || (profile.needsModel && asked.length === 0)) {
    const message = 'The address must have exactly one of model, call_id and intent.';
    return { status: 400, code: 'invalid_request_error', message };
  }
  const model = searchParams.get('model');
  if (model === null || models === null || models.includes(model)) return null;
  const code = profile.name === 'azure' ? 'DeploymentNotFound' : 'model_not_found';
  return {
    status: 404,
    code,
    message: `The model '${model}' does not exist or you do not have access to it.`,
  };
}

export function modelOf(request: IncomingMessage): string {
  return addressOf(request).searchParams.get('model') ?? '';
}

/** A whole HTTP answer. */
export function refusalText({ status, code, message }: Refusal): string {
  const body = JSON.stringify({ error: { type: 'invalid_request_error', code, message, param: null } });
  const head = [
    `HTTP/1.1 ${status} ${code}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function addressOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', 'ws://localhost');
}

function hasKey(request: IncomingMessage, profile: Profile, apiKey: string | null): boolean {
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const header = profile.auth === 'bearer or api-key' ? request.headers['api-key'] : undefined;
  const key = bearer ?? header;
  return typeof key === 'string' && key !== '' && (apiKey === null || key === apiKey);
}

function scriptedRefusal(status: number): Refusal {
  const codes: Readonly<Record<number, string>> = {
    401: 'invalid_api_key',
    403: 'forbidden',
    429: 'rate_limit_exceeded',
  };
  return { status, code: codes[status] ?? 'server_error', message: 'The script refuses this connection.' };
}
