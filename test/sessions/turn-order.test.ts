import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Turn } from '../../src/sessions/session.js';
import {
  latestTurns,
  type SpokenTurn,
  type Turns,
  withReplaced,
  withSpoken,
  withTurn,
} from '../../src/sessions/turn-order.js';
import { runs } from '../support/property-runs.js';

const EMPTY: Turns = { conversation_history: [], unheard: [] };
const time = (second: number) => new Date(Date.UTC(2026, 10, 24, 15, 0, second)).toISOString();
const turn = (role: Turn['role'], content: string, second: number): Turn => ({
  role,
  content,
  timestamp: time(second),
});
const contents = ({ conversation_history }: Turns) => conversation_history.map(({ content }) => content);

function spoken(full: string, words: number, second: number): SpokenTurn {
  const heard = full.split(' ').slice(0, words).join(' ');
  return {
    turn: heard ? turn('assistant', heard, second) : null,
    full: full === heard ? null : { content: full, timestamp: time(second) },
    isLast: false,
  };
}

describe('the turns of a session', () => {
  it('stand in the order in which they began, those of the same time as they came', () => {
    const late = [
      turn('user', 'c', 3),
      turn('user', 'a', 1),
      turn('assistant', 'd', 3),
      turn('function', 'b', 2),
    ];
    expect(contents(late.reduce(withTurn, EMPTY))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are replaced where they are, and only while they are there', () => {
    const [first, second] = [turn('user', 'I', 1), turn('user', 'I need', 1)];
    const turns = withTurn(withTurn(EMPTY, first), turn('assistant', 'yes', 2));
    const grown = withReplaced(turns, first, second);
    expect(contents(grown)).toEqual(['I need', 'yes']);
    expect(withReplaced(grown, first, second)).toBe(grown);
    const read = JSON.parse(JSON.stringify(grown));
    expect(contents(withReplaced(read, second, turn('user', 'I need brakes', 1)))).toEqual([
      'I need brakes',
      'yes',
    ]);
  });

  it('are the latest thousand, and the latest two hundred of those that were not heard', () => {
    const cut = (n: number): SpokenTurn => {
      const full = { content: `prompt-${n} goes on`, timestamp: time(n) };
      return { turn: n % 2 ? turn('assistant', `prompt-${n}`, n) : null, full, isLast: false };
    };
    let turns = EMPTY;
    for (let n = 0; n < 900; n += 1)
      turns = withTurn(withSpoken(turns, null, cut(n)), turn('user', `key-${n}`, n));
    expect(latestTurns(latestTurns(turns))).toEqual(latestTurns(turns));
    const { conversation_history: history, unheard } = latestTurns(turns);
    expect(history).toHaveLength(1000);
    expect(history.at(-1)?.content).toBe('key-899');
    expect(unheard.map(({ content }) => content)).toEqual(
      Array.from({ length: 200 }, (_, n) => `prompt-${700 + n} goes on`),
    );
    for (const { at, partly_heard, content, timestamp } of unheard) {
      const own = { content: content.replace(' goes on', ''), timestamp };
      expect(history[at]).toMatchObject(partly_heard ? own : { role: 'user', timestamp });
    }
  });

  it('lose with an old turn what was not heard of it or before it', () => {
    let turns = EMPTY;
    turns = withSpoken(turns, null, spoken('one two', 0, 1));
    turns = withSpoken(turns, null, spoken('three four', 1, 2));
    for (let n = 0; n < 999; n += 1) turns = withTurn(turns, turn('user', `key-${n}`, 3));
    expect(latestTurns(turns)).toBe(turns);
    turns = withSpoken(turns, null, spoken('five six', 0, 3));
    turns = withTurn(turns, turn('user', 'last', 4));
    const { conversation_history, unheard } = latestTurns(turns);
    expect(conversation_history).toHaveLength(1000);
    expect(conversation_history[0]?.content).toBe('key-0');
    expect(unheard).toMatchObject([{ at: 999, content: 'five six' }]);
  });

  it('leave the turns that were not heard at all untouched when one is appended', () => {
    const cut = withSpoken(EMPTY, null, spoken('one two', 0, 1));
    expect(withTurn(cut, turn('user', 'wait', 2)).unheard).toBe(cut.unheard);
  });
});

type Act =
  | { readonly what: 'caller'; readonly second: number }
  | { readonly what: 'agent'; readonly second: number; readonly heard: number; readonly words: number }
  | { readonly what: 'retold'; readonly which: number; readonly heard: number; readonly words: number }
  | { readonly what: 'grows'; readonly which: number }
  | { readonly what: 'taken'; readonly which: number };

const second = fc.nat({ max: 8 });
const count = fc.nat({ max: 3 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ what: fc.constant('caller' as const), second }),
  fc.record({ what: fc.constant('agent' as const), second, heard: count, words: count }),
  fc.record({ what: fc.constant('retold' as const), which: fc.nat(), heard: count, words: count }),
  fc.record({ what: fc.constant('grows' as const), which: fc.nat() }),
  fc.record({ what: fc.constant('taken' as const), which: fc.nat() }),
);

/** A session's turns, and what they should be. */
class Told {
  turns = EMPTY;
  readonly callers: Turn[] = [];
  readonly agents: { readonly left: SpokenTurn; readonly second: number; readonly id: string }[] = [];
  #id = 0;

  do(next: Act): void {
    if (next.what === 'caller') return this.#caller(next.second);
    if (next.what === 'agent') return this.#agent(next);
    if (next.what === 'retold') return this.#retold(next);
    this.#caller2(next);
  }

  #caller(at: number): void {
    const said = turn('user', `caller-${this.#next()}`, at);
    this.callers.push(said);
    this.turns = withTurn(this.turns, said);
  }

  #caller2({ what, which }: { readonly what: 'grows' | 'taken'; readonly which: number }): void {
    const at = which % Math.max(1, this.callers.length);
    const before = this.callers[at];
    if (!before) return;
    const after = what === 'grows' ? { ...before, content: `${before.content}+` } : null;
    this.callers.splice(at, 1, ...(after ? [after] : []));
    this.turns = withReplaced(this.turns, before, after);
  }

  #agent({ second: at, heard, words }: { second: number; heard: number; words: number }): void {
    const id = `agent-${this.#next()}`;
    const left = spoken(textOf(id, words), heard, at);
    this.agents.push({ left, second: at, id });
    this.turns = withSpoken(this.turns, null, left);
  }

  #retold({ which, heard, words }: { which: number; heard: number; words: number }): void {
    const at = which % Math.max(1, this.agents.length);
    const before = this.agents[at];
    if (!before) return;
    const left = spoken(textOf(before.id, words), heard, before.second);
    this.agents[at] = { ...before, left };
    this.turns = withSpoken(this.turns, before.left, left);
  }

  #next(): number {
    this.#id += 1;
    return this.#id;
  }
}

function textOf(id: string, words: number): string {
  return Array.from({ length: words }, (_, i) => `${id}-${i}`).join(' ');
}

function check({ turns, callers, agents }: Told): void {
  const { conversation_history: history, unheard } = turns;
  const times = history.map(({ timestamp }) => timestamp);
  expect(times).toEqual([...times].sort());
  const expected = [...callers, ...agents.flatMap(({ left }) => left.turn ?? [])];
  expect([...contents(turns)].sort()).toEqual(expected.map(({ content }) => content).sort());
  const fulls = agents.flatMap(({ left }) => left.full?.content ?? []);
  expect(unheard.map(({ content }) => content).sort()).toEqual(fulls.sort());
  for (const [i, { at, partly_heard, content, timestamp }] of unheard.entries()) {
    const next = unheard[i + 1];
    expect(next === undefined || next.at > at || (next.at === at && !partly_heard)).toBe(true);
    const own = agents.find(({ left }) => left.full?.content === content)?.left.turn ?? null;
    expect(partly_heard).toBe(own !== null);
    if (own) expect(history[at]).toEqual(own);
    else {
      expect((history[at - 1]?.timestamp ?? '') <= timestamp).toBe(true);
      expect(timestamp <= (history[at]?.timestamp ?? '~')).toBe(true);
    }
  }
}

describe('turns that come late, grow, are told anew or are taken away', () => {
  it('stand each once in their place, and what was not heard stays where it belongs', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const told = new Told();
        for (const next of acts) {
          told.do(next);
          check(told);
        }
      }),
      { numRuns: runs(2000) },
    );
  });
});
