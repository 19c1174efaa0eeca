/** The one place that makes a session's key. */
export function sessionKey(callSid: string): string {
  return `session:${callSid}`;
}

/**
 * The mark that a call is over. In a Cluster a script's keys must lie on one node: only what stands in braces counts for that, and
 * here that is the whole key of the session. (A CallSid has no braces; names that have some need a single server.)
 */
export function endedKey(callSid: string): string {
  return `ended:{${sessionKey(callSid)}}`;
}
