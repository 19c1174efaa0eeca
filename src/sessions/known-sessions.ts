import { type JsonFields, joinJsonFields, splitJsonFields } from './json-fields.js';

/** A session's text as it is believed to stand in Redis. A belief only: each write checks it. */
export class KnownSession {
  readonly text: string;
  #fields: JsonFields | undefined;

  constructor(text: string, fields?: JsonFields) {
    this.text = text;
    this.#fields = fields;
  }

  static ofFields(fields: JsonFields): KnownSession {
    return new KnownSession(joinJsonFields(fields), fields);
  }

  /** Gives the fields away: whoever changes them makes the next KnownSession of them. Throws `BAD_MESSAGE`. */
  takeFields(): JsonFields {
    const fields = this.#fields ?? splitJsonFields(this.text);
    this.#fields = undefined;
    return fields;
  }
}

interface KnownSessionsLimits {
  readonly sessions: number;
  readonly characters: number;
}

const LIMITS: KnownSessionsLimits = { sessions: 10_000, characters: 32_000_000 };

/** The last known text of each call, those used longest ago forgotten first: without one an update only costs a read more. */
export class KnownSessions {
  readonly #limits: KnownSessionsLimits;
  readonly #sessions = new Map<string, KnownSession>();
  #characters = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  remember(callSid: string, session: KnownSession): void {
    this.take(callSid);
    this.#sessions.set(callSid, session);
    this.#characters += session.text.length;
    while (this.#sessions.size > this.#limits.sessions || this.#characters > this.#limits.characters) {
      const [oldest] = this.#sessions.keys();
      if (oldest === undefined) return;
      this.take(oldest);
    }
  }

  /** This text was read: remembered, unless it is what is known anyway. */
  notice(callSid: string, text: string): void {
    if (this.#sessions.get(callSid)?.text !== text) this.remember(callSid, new KnownSession(text));
  }

  /** What is known, and forgets it; `undefined` when nothing is. */
  take(callSid: string): KnownSession | undefined {
    const session = this.#sessions.get(callSid);
    if (session === undefined) return undefined;
    this.#sessions.delete(callSid);
    this.#characters -= session.text.length;
    return session;
  }
}
