import type { StreamTap } from '../twilio/stream-tap.js';
import type { CallRegistry } from './call-registry.js';

interface Noted {
  readonly tap: StreamTap;
  state: string;
  speaking: boolean;
}

/** Tells the tap of each call's newest stream what its session becomes: state and `speaking`, once for each change. */
export class SessionNotes {
  readonly #byCall = new Map<string, Noted>();

  constructor(registry: Pick<CallRegistry, 'watch'>) {
    registry.watch((event) => {
      if (event.type !== 'session') return;
      const { call_sid, current_state, speaking } = event.session;
      this.#note(call_sid, current_state, speaking);
    });
  }

  /** The same tap, noted to until it ends. */
  keep(callSid: string, tap: StreamTap): StreamTap {
    const noted: Noted = { tap, state: '', speaking: false };
    this.#byCall.set(callSid, noted);
    return {
      received: (text) => tap.received(text),
      sent: (text) => tap.sent(text),
      note: (note) => tap.note(note),
      end: (how) => {
        if (this.#byCall.get(callSid) === noted) this.#byCall.delete(callSid);
        tap.end(how);
      },
    };
  }

  #note(callSid: string, state: string, speaking: boolean): void {
    const noted = this.#byCall.get(callSid);
    if (!noted || (noted.state === state && noted.speaking === speaking)) return;
    noted.state = state;
    noted.speaking = speaking;
    noted.tap.note({ note: 'session', state, speaking });
  }
}
