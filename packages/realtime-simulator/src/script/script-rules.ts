import { filledAction } from './captured-values.js';
import type { Action, CallerTurn, Moment, Rule, Script, When } from './script.js';

/** What has come to the model that no response has answered yet; oldest first. */
export interface Heard {
  readonly turns: readonly { readonly number: number; readonly words: string }[];
  readonly outputs: readonly { readonly name: string; readonly output: string }[];
  readonly items: readonly string[];
  /** The client's, for this response alone; empty without. */
  readonly asked: string;
  /** Those of the session. */
  readonly instructions: string;
}

export const NOTHING_HEARD: Heard = { turns: [], outputs: [], items: [], asked: '', instructions: '' };

const OTHERWISE = 'All right.';

/** A script as one session goes through it. */
export class ScriptRules {
  readonly #script: Script;
  readonly #used = new Map<Rule, number>();
  readonly #values = new Map<string, string>();
  readonly #session: number;
  #responses = 0;

  /** `session`: which of the server's it is, counted from 1. */
  constructor(script: Script, session: number) {
    this.#session = session;
    this.#script = script;
  }

  /** The turn, counted from 1, as the script has it. */
  turn(number: number): CallerTurn {
    const turn = this.#script.caller?.[number - 1] ?? '';
    return typeof turn === 'string' ? { says: turn } : turn;
  }

  /** What the next response does. */
  response(heard: Heard): readonly Action[] {
    this.#responses++;
    return this.#find('response', heard) ?? [{ say: this.#script.otherwise ?? OTHERWISE }];
  }

  /** What happens at this moment beside what the protocol has for it. */
  at(moment: Moment, heard: Heard = NOTHING_HEARD): readonly Action[] {
    return this.#find(moment, heard) ?? [];
  }

  #find(moment: Moment, heard: Heard): readonly Action[] | null {
    for (const rule of this.#script.rules ?? []) {
      if (this.#isUsedUp(rule) || !this.#matches(rule.when ?? {}, moment, heard)) continue;
      const captured = capturedOf(rule, heard);
      if (!captured) continue;
      for (const [name, value] of captured) this.#values.set(name, value);
      this.#used.set(rule, (this.#used.get(rule) ?? 0) + 1);
      return rule.do.map((action) => filledAction(action, this.#values));
    }
    return null;
  }

  #isUsedUp(rule: Rule): boolean {
    return (this.#used.get(rule) ?? 0) >= (rule.times ?? Number.POSITIVE_INFINITY);
  }

  #matches(
    { on, turn, hears, output, says, item, asked, instructions, response, session }: When,
    moment: Moment,
    heard: Heard,
  ): boolean {
    if ((on ?? 'response') !== moment) return false;
    if (response !== undefined && response !== this.#responses) return false;
    if (session !== undefined && session !== this.#session) return false;
    if (turn !== undefined && !heard.turns.some(({ number }) => number === turn)) return false;
    if (hears !== undefined && !heard.turns.some(({ words }) => expressionOf(hears).test(words)))
      return false;
    if (item !== undefined && !heard.items.some((words) => expressionOf(item).test(words))) return false;
    if (asked !== undefined && !expressionOf(asked).test(heard.asked)) return false;
    if (instructions !== undefined && !expressionOf(instructions).test(heard.instructions)) return false;
    if (output === undefined && says === undefined) return true;
    return heard.outputs.some(
      (one) =>
        (output === undefined || one.name === output) &&
        (says === undefined || expressionOf(says).test(one.output)),
    );
  }
}

/**
 * What a rule takes out of what was heard, the latest of it first: out of the caller's words before outputs where the rule is about those;
 * `null` when something of it is not there.
 */
function capturedOf(
  { capture = {}, when = {} }: Rule,
  { outputs, turns, items, asked }: Heard,
): [string, string][] | null {
  const given = outputs.map(({ output }) => output).reverse();
  const said = turns.map(({ words }) => words).reverse();
  const isAboutWords = when.hears !== undefined || when.turn !== undefined;
  const ofOthers = isAboutWords ? [...said, ...given] : [...given, ...said];
  const texts = [...ofOthers, ...[...items].reverse(), asked];
  const found = Object.entries(capture).map(([name, words]): [string, string | undefined] => {
    const match = texts.map((text) => expressionOf(words).exec(text)).find((one) => one !== null);
    return [name, match?.[1] ?? match?.[0]];
  });
  const isWhole = (one: [string, string | undefined]): one is [string, string] => one[1] !== undefined;
  return found.every(isWhole) ? found : null;
}

/** `/a|b/` as an expression, anything else as a part of the text; in any case. Throws a `SyntaxError` for a bad expression. */
export function expressionOf(words: string): RegExp {
  const [, expression] = /^\/(.+)\/$/.exec(words) ?? [];
  return new RegExp(expression ?? words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
}
