import { z } from 'zod';
import { isJsonObject, parsedJson } from '../core/json.js';
import { INTERVENTIONS, type Session } from '../sessions/session.js';
import type { SessionData } from '../sessions/session-store.js';
import { restoreSession } from '../sessions/stored-session.js';

/** Of another version nothing is understood; fields may be added within one. */
const VERSION = 1;

const Calls = z.object({ version: z.literal(VERSION), calls: z.array(z.string()) });
const Stored = z.custom<SessionData>(isJsonObject);
const Words = z.object({ call_sid: z.string(), text: z.string(), turns: z.int() });
const Taken = z.object({ kind: z.enum(INTERVENTIONS), by: z.string().nullable() });
const from = z.string();
const Message = z.discriminatedUnion('type', [
  // A gateway listens from now on, and has missed what was said before.
  z.object({ type: z.literal('hello'), from }),
  // Said again and again while somebody watches; whoever begins wants to be told of all calls.
  z.object({ type: z.literal('watching'), from, how: z.enum(['begins', 'goes on', 'ends']) }),
  z.object({
    type: z.literal('changes'),
    from,
    sessions: z.array(Stored),
    ended: z.array(z.string()),
    calls: z.array(z.string()).optional(),
    // An older gateway tells none.
    words: z.array(Words).optional(),
  }),
  z.object({
    type: z.literal('request'),
    from,
    id: z.string(),
    about: z.string(),
    call_sid: z.string(),
    by: z.string().nullable().default(null),
  }),
  z.object({ type: z.literal('answer'), from, id: z.string(), done: z.boolean(), taken: Taken.optional() }),
]);
const Versioned = z.object({ version: z.literal(VERSION) });

/** What gateways say to each other. */
export type FleetMessage = z.infer<typeof Message>;
export type Watching = (FleetMessage & { type: 'watching' })['how'];

export function writeMessage(message: FleetMessage): string {
  return JSON.stringify({ version: VERSION, ...message });
}

/** `null` for what this version does not understand. */
export function readMessage(text: string): FleetMessage | null {
  const value = parsedJson(text);
  return Versioned.safeParse(value).success ? (Message.safeParse(value).data ?? null) : null;
}

/** What stands in `live:{gateway}`. */
export function writeCalls(calls: readonly string[]): string {
  return JSON.stringify({ version: VERSION, calls });
}

export function readCalls(text: string | null): readonly string[] {
  return text === null ? [] : (Calls.safeParse(parsedJson(text)).data?.calls ?? []);
}

/** A session of another gateway, as it is stored; `[]` when it is none. */
export function readStored(text: string | null): readonly Session[] {
  const data = text === null ? undefined : parsedJson(text);
  return isJsonObject(data) ? [readTheirs(data)] : [];
}

export function readTheirs(data: SessionData): Session {
  const session = restoreSession(String(data.call_sid), data);
  return typeof data.last_updated === 'string' ? { ...session, last_updated: data.last_updated } : session;
}
