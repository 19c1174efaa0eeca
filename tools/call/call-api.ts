import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { summarize } from '../../src/core/errors.js';
import { isJsonObject } from '../../src/core/json.js';

export interface BookedAppointment {
  readonly id: number;
  readonly serviceType: string;
  /** ISO 8601. */
  readonly date: string;
}

const Figures = z.object({ count: z.number(), median: z.number(), max: z.number() }).nullable();
const Latency = z.object({
  greeting_ms: z.number().nullable(),
  response_ms: Figures,
  interruption_ms: Figures,
  mark_lag_ms: Figures,
});
const Logged = z.object({
  outcome: z.string().catch('unknown'),
  interruptions: z.number().catch(0),
  latency: Latency.nullable().catch(null),
});

/** Delays of one kind, in whole milliseconds; null where there were none. */
export type DelayFigures = z.infer<typeof Figures>;
/** What the call log kept of a call. */
export type LoggedCall = Readonly<z.infer<typeof Logged>>;

type Json = Record<string, unknown>;
type Answer =
  | { readonly status: number; readonly body: Json }
  | { readonly status: null; readonly failed: string };

/** A finished call is written behind its end: it may take a moment to appear. */
const LOG_PATIENCE_MS = 3_000;
const LOG_INTERVAL_MS = 100;

/** The part of the gateway's API that tells what came of a call. Never rejects: `string` answers say what is wrong. */
export class CallApi {
  readonly #url: string;
  readonly #adminToken: string | undefined;

  constructor(url: string, adminToken: string | undefined) {
    this.#url = url;
    this.#adminToken = adminToken;
  }

  /** The call's entry in the log, waited for a little. */
  async loggedCall(callSid: string): Promise<LoggedCall | string> {
    const deadline = performance.now() + LOG_PATIENCE_MS;
    let answer = await this.#get(`/api/calls/${callSid}`);
    while (answer.status === 404 && performance.now() < deadline) {
      await pause(LOG_INTERVAL_MS);
      answer = await this.#get(`/api/calls/${callSid}`);
    }
    if (answer.status !== 200) return problemOf(`/api/calls/${callSid}`, answer);
    return Logged.parse(answer.body);
  }

  /** The booked appointment of this caller at this time; `null` when the shop's book has none. */
  async appointment(callerPhone: string, time: string): Promise<BookedAppointment | null | string> {
    const at = new Date(time).getTime();
    if (Number.isNaN(at)) return null;
    const until = new Date(at + 60_000).toISOString();
    const query = new URLSearchParams({ from: new Date(at).toISOString(), to: until, limit: '100' });
    const answer = await this.#get(`/api/appointments?${query}`);
    if (answer.status !== 200) return problemOf('/api/appointments', answer);
    const list: unknown[] = Array.isArray(answer.body.appointments) ? answer.body.appointments : [];
    const found = list.filter(isJsonObject).find((one) => isBooking(one, callerPhone, at));
    return found
      ? { id: Number(found.id), serviceType: String(found.service_type), date: String(found.date) }
      : null;
  }

  async #get(path: string): Promise<Answer> {
    const headers: Record<string, string> = this.#adminToken
      ? { Authorization: `Bearer ${this.#adminToken}` }
      : {};
    try {
      const response = await fetch(new URL(path, this.#url), { headers, signal: AbortSignal.timeout(5_000) });
      const body: unknown = await response.json().catch(() => null);
      return { status: response.status, body: isJsonObject(body) ? body : {} };
    } catch (error) {
      return { status: null, failed: summarize(error).message };
    }
  }
}

function isBooking(one: Json, callerPhone: string, at: number): boolean {
  const isHis = one.caller_phone === callerPhone && one.status !== 'cancelled';
  return isHis && typeof one.date === 'string' && new Date(one.date).getTime() === at;
}

function problemOf(path: string, answer: Answer): string {
  if (answer.status === null) return `${path} gave no answer: ${answer.failed}`;
  const hint = answer.status === 401 ? ': set ADMIN_TOKEN to the gateway’s token' : '';
  return `${path} answered HTTP ${answer.status}${hint}`;
}
