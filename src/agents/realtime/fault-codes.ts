/** Another session would fail alike. */
const FATAL: ReadonlySet<string> = new Set([
  'account_deactivated',
  'account_not_active',
  'beta_api_shape_disabled',
  'billing_hard_limit_reached',
  'DeploymentNotFound',
  'insufficient_quota',
  'invalid_api_key',
  'invalid_organization',
  'model_not_found',
  'permission_denied',
  'unsupported_country_region_territory',
]);

/** What the server says against a request that it will say again. */
const REFUSES_THE_REQUEST: ReadonlySet<string> = new Set([
  'invalid_event',
  'invalid_request_error',
  'invalid_type',
  'invalid_value',
  'missing_required_parameter',
  'unknown_parameter',
]);

/** The server's own codes that the gateway knows: nothing else that a server calls an error gets into a log, a metric or a fault. */
const KNOWN_CODES: ReadonlySet<string> = new Set([
  ...FATAL,
  ...REFUSES_THE_REQUEST,
  'client_cancelled',
  'content_filter',
  'conversation_already_has_active_response',
  'inference_rate_limit_exceeded',
  'input_audio_buffer_commit_empty',
  'internal_error',
  'item_not_found',
  'max_output_tokens',
  'model_load_error',
  'rate_limit_exceeded',
  'response_cancel_not_active',
  'server_error',
  'session_expired',
  'session_limit_reached',
  'turn_detected',
]);

/** HTTP statuses that the same request gets again: a wrong key, address or model, an empty account, a redirect. */
const FATAL_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 426]);

/** A code of the server; `other` for one that is not known. */
export function knownCode(code: string): string {
  return KNOWN_CODES.has(code) ? code : 'other';
}

export function isFatalCode(code: string): boolean {
  return FATAL.has(code);
}

/** Whether a server that says this to our set-up says it again: then its settings are wrong, or ours. */
export function isFatalBeforeReady(code: string): boolean {
  return FATAL.has(code) || REFUSES_THE_REQUEST.has(code);
}

export function isFatalStatus(status: number): boolean {
  return FATAL_STATUSES.has(status);
}
