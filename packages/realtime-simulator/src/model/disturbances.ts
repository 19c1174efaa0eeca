import type { Profile } from '../profiles.js';
import type { SessionSettings } from '../protocol/session-settings.js';
import type { Action, Moment } from '../script/script.js';
import type { Heard, ScriptRules } from '../script/script-rules.js';
import type { SessionLink } from './link.js';
import { failureOf } from './usage.js';

export interface DisturbancesContext {
  readonly link: SessionLink;
  readonly rules: ScriptRules;
  readonly settings: SessionSettings;
  readonly profile: Profile;
  /** Begins a response of the server's own. */
  readonly respond: () => void;
}

const GOING_AWAY = 1001;

/** What the script breaks. */
export class Disturbances {
  readonly #context: DisturbancesContext;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(context: DisturbancesContext) {
    this.#context = context;
  }

  /** Whatever the script has for this moment. */
  at(moment: Moment, heard?: Heard): void {
    this.#all(this.#context.rules.at(moment, heard));
  }

  one(action: Action): void {
    const { link, settings } = this.#context;
    if ('error' in action) link.error(failureOf(action.error));
    else if ('close' in action) link.close(action.close, action.reason);
    else if ('drop' in action) link.drop();
    else if ('garbage' in action) link.sendText(action.garbage);
    else if ('mute' in action) link.mute();
    else if ('expire' in action) this.expire();
    else if ('send' in action) link.sendAny(action.send);
    else if ('format' in action) settings.force(action.format);
    else if ('respond' in action) this.#context.respond();
  }

  expire(): void {
    this.#context.link.error(failureOf({ code: this.#context.profile.expiry }));
    this.#context.link.close(GOING_AWAY);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #all([action, ...rest]: readonly Action[]): void {
    if (!action) return;
    if ('wait' in action) {
      this.#timers.push(setTimeout(() => this.#all(rest), action.wait));
      return;
    }
    this.one(action);
    this.#all(rest);
  }
}
