import { describe, expect, it } from 'vitest';
import type { Rule, When } from '../../../packages/realtime-simulator/src/script/script.js';
import { NOTHING_HEARD, ScriptRules } from '../../../packages/realtime-simulator/src/script/script-rules.js';

const say = (words: string, when?: When, times?: number): Rule => ({
  ...(when ? { when } : {}),
  do: [{ say: words }],
  ...(times === undefined ? {} : { times }),
});
const rulesOf = (rules: Rule[], session = 1) => new ScriptRules({ rules, otherwise: 'else' }, session);
const turn = (words: string, number = 1) => ({ ...NOTHING_HEARD, turns: [{ number, words }] });

describe('the rules of a script', () => {
  it('are looked at in their order, and what none matches is answered otherwise', () => {
    const rules = rulesOf([say('a', { hears: 'oil' }), say('b', { hears: '/^oil|tires?$/' })]);
    expect(['new oil', 'a TIRE', 'brakes'].map((words) => rules.response(turn(words)))).toEqual([
      [{ say: 'a' }],
      [{ say: 'b' }],
      [{ say: 'else' }],
    ]);
  });

  it('are done so often at most', () => {
    const rules = rulesOf([say('once', {}, 1), say('then')]);
    expect([1, 2, 3].map(() => rules.response(NOTHING_HEARD))).toEqual([
      [{ say: 'once' }],
      [{ say: 'then' }],
      [{ say: 'then' }],
    ]);
  });

  it('must match in all that they name', () => {
    const when = { turn: 2, hears: 'yes', response: 2 };
    const rules = rulesOf([say('both', when)]);
    expect([turn('yes', 2), turn('yes', 2), turn('yes', 2)].map((heard) => rules.response(heard))).toEqual([
      [{ say: 'else' }],
      [{ say: 'both' }],
      [{ say: 'else' }],
    ]);
  });

  it('take a name and its words from one output', () => {
    const rules = rulesOf([say('found', { output: 'find', says: 'nine' })]);
    const outputs = [
      { name: 'find', output: 'none' },
      { name: 'other', output: 'nine' },
    ];
    expect(rules.response({ ...NOTHING_HEARD, outputs })).toEqual([{ say: 'else' }]);
    expect(rules.response({ ...NOTHING_HEARD, outputs: [{ name: 'find', output: 'at nine' }] })).toEqual([
      { say: 'found' },
    ]);
  });

  it('know items, moments and sessions; special characters of plain words mean themselves', () => {
    const rules = [say('paid', { item: '$5 (five)' }), say('second', { session: 2 })];
    expect(rulesOf(rules).response({ ...NOTHING_HEARD, items: ['He has $5 (five).'] })).toEqual([
      { say: 'paid' },
    ]);
    expect(rulesOf(rules).response(NOTHING_HEARD)).toEqual([{ say: 'else' }]);
    expect(rulesOf(rules, 2).response(NOTHING_HEARD)).toEqual([{ say: 'second' }]);
    const atSpeech: Rule = { when: { on: 'speech' }, do: [{ close: 1000 }] };
    expect(rulesOf([atSpeech]).at('speech')).toEqual([{ close: 1000 }]);
    expect(rulesOf([atSpeech]).at('commit')).toEqual([]);
    expect(rulesOf([atSpeech]).response(NOTHING_HEARD)).toEqual([{ say: 'else' }]);
  });

  it('take values out of what they hear, and fill in the names of values', () => {
    const book: Rule = {
      when: { hears: 'yes' },
      do: [{ call: 'book', arguments: { slot: '$slot', list: ['at $time', 1], price: '$5' } }],
    };
    const offer: Rule = {
      capture: { slot: '/slot (s\\d+)/', time: '/\\w+ at \\w+/' },
      do: [{ say: '$time is free.' }],
    };
    const rules = rulesOf([offer, book]);
    const outputs = [{ name: 'find', output: 'Monday at nine (slot s4)' }];
    expect(rules.response({ ...NOTHING_HEARD, outputs })).toEqual([{ say: 'Monday at nine is free.' }]);
    expect(rules.response(turn('yes'))).toEqual([
      { call: 'book', arguments: { slot: 's4', list: ['at Monday at nine', 1], price: '$5' } },
    ]);
  });

  it('take them out of the latest of what waits for an answer, first out of the words that they are about', () => {
    const day: Rule = { capture: { day: '/monday|tuesday/' }, do: [{ say: '$day' }] };
    const outputs = ['monday', 'tuesday'].map((output) => ({ name: 'find', output }));
    expect(rulesOf([day]).response({ ...turn('on monday'), outputs })).toEqual([{ say: 'tuesday' }]);
    const ofWords = { ...day, when: { hears: '/monday|tuesday/' } };
    expect(rulesOf([ofWords]).response({ ...turn('on monday'), outputs })).toEqual([{ say: 'monday' }]);
  });

  it('do not match when a value that they take is not there', () => {
    const rules = rulesOf([{ capture: { slot: '/slot \\w+/' }, do: [{ say: 'free' }] }, say('none free')]);
    const outputs = [{ name: 'find', output: 'no open time' }];
    expect(rules.response({ ...NOTHING_HEARD, outputs })).toEqual([{ say: 'none free' }]);
  });

  it('know what the session is told', () => {
    const rules = rulesOf([say('Hello', { instructions: 'you are a voice' })]);
    expect(rules.response({ ...NOTHING_HEARD, instructions: 'You are a voice.' })).toEqual([
      { say: 'Hello' },
    ]);
    expect(rules.response(NOTHING_HEARD)).toEqual([{ say: 'else' }]);
  });

  it('know what the client asks of one response', () => {
    const rules = rulesOf([
      { when: { asked: 'say exactly' }, capture: { text: '/: (.+)/' }, do: [{ say: '$text' }] },
    ]);
    const asked = 'Say exactly: Good morning';
    expect(rules.response({ ...NOTHING_HEARD, asked })).toEqual([{ say: 'Good morning' }]);
    expect(rules.response(NOTHING_HEARD)).toEqual([{ say: 'else' }]);
  });
});
