import type { Session } from '../sessions/session.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import type { CallRegistry } from './call-registry.js';

interface Noted {
  readonly observer: StreamObserver;
  last: Pick<Session, NotedField> | null;
}

type NotedField = 'current_state' | 'speaking' | 'intent' | 'collected_data';

/** Tells the observer of each call's newest stream what its session becomes: a note for each change of what a call is about. */
export class SessionNotes {
  readonly #byCall = new Map<string, Noted>();

  constructor(registry: Pick<CallRegistry, 'watch'>) {
    registry.watch((event) => {
      if (event.type !== 'session') return;
      this.#note(event.session);
    });
  }

  /** The same observer, noted to until it ends. */
  keep(callSid: string, observer: StreamObserver): StreamObserver {
    const noted: Noted = { observer, last: null };
    this.#byCall.set(callSid, noted);
    return {
      received: (text) => observer.received(text),
      sent: (text) => observer.sent(text),
      note: (note) => observer.note(note),
      end: (how) => {
        if (this.#byCall.get(callSid) === noted) this.#byCall.delete(callSid);
        observer.end(how);
      },
    };
  }

  // A session is never mutated: a field that has changed is another object.
  #note({ call_sid, current_state, speaking, intent, collected_data }: Session): void {
    const noted = this.#byCall.get(call_sid);
    if (!noted) return;
    const last = noted.last ?? { current_state: null, speaking: null, intent: null, collected_data: null };
    const newIntent = intent !== last.intent;
    const newData =
      collected_data !== last.collected_data && (noted.last !== null || !isEmpty(collected_data));
    if (!newIntent && !newData && current_state === last.current_state && speaking === last.speaking) return;
    noted.last = { current_state, speaking, intent, collected_data };
    noted.observer.note({
      note: 'session',
      state: current_state,
      speaking,
      ...(newIntent ? { intent } : {}),
      ...(newData ? { collected_data } : {}),
    });
  }
}

function isEmpty(data: object): boolean {
  return Object.keys(data).length === 0;
}
