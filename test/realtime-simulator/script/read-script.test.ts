import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readScript } from '../../../packages/realtime-simulator/src/script/read-script.js';

const script = (...lines: string[]) => readScript(lines.join('\n'), 'talk.yaml');

describe('a script in YAML', () => {
  it('is read as it stands', () => {
    const read = script(
      'caller: [hello]',
      'rules:',
      '  - when: { hears: hello, turn: 1 }',
      '    do: [{ say: Hi }]',
    );
    expect(read).toEqual({
      caller: ['hello'],
      rules: [{ when: { hears: 'hello', turn: 1 }, do: [{ say: 'Hi' }] }],
    });
    expect(script('')).toEqual({});
  });

  it.each([
    ['bad YAML', ['rules:', '  - do: [{ say: Hi }'], /^talk\.yaml:2: .*Correct the YAML there\.$/s],
    [
      'an action that there is not',
      ['rules:', '  - do:', '      - say: Hi', '      - shout: Hi'],
      /^talk\.yaml:4: No action is called "shout"\. Use one of: say, text, call/,
    ],
    [
      'a field that there is not',
      ['rules:', '  - do:', '      - say: Hi', '        loud: true'],
      /^talk\.yaml:4: Unknown parameter: 'rules\[0\]\.do\[0\]\.loud'\. Known here: say, chunkMs/,
    ],
    [
      'a rule that does nothing',
      ['otherwise: Hm', 'rules:', '  - when: { turn: 1 }'],
      /^talk\.yaml:3: Missing required parameter: 'rules\[0\]\.do'\. Add it\.$/,
    ],
    [
      'a moment that there is not',
      ['rules:', '  - when:', '      on: lunch', '    do: []'],
      /^talk\.yaml:3: Invalid value for 'rules\[0\]\.when\.on': "lunch".*'speech'/,
    ],
    [
      'a bad expression',
      ['rules:', '  - when:', '      hears: /(/', '    do: []'],
      /^talk\.yaml:3: .*no regular expression.*leave out the slashes/,
    ],
    [
      'words where no response is',
      ['rules:', '  - when: { on: connect }', '    do:', '      - say: Hi'],
      /^talk\.yaml:4: "say" is part of a response, and on: connect is none\. Leave out "on"/,
    ],
    [
      'a value that no rule captures',
      ['rules:', '  - do:', '      - call: book', '        arguments: { slot: $slot }'],
      /^talk\.yaml:3: No rule captures "\$slot"\. Add "capture: \{ slot: \/an expression\/ \}"/,
    ],
    [
      'a bad expression for a value',
      ['rules:', '  - capture:', '      slot: /(/', '    do: []'],
      /^talk\.yaml:3: 'rules\[0\]\.capture\.slot' is no regular expression/,
    ],
    ['a list', ['- say: Hi'], /^talk\.yaml:1: Invalid type for ''/],
    [
      'a wrong status',
      ['opening:', '  refuse: 200'],
      /^talk\.yaml:2: .*at least 400|^talk\.yaml:2: .*400 to 599/,
    ],
  ])('is refused for %s, with its line and what to do', (_, lines, sentence) => {
    expect(() => script(...lines)).toThrow(
      expect.objectContaining({ code: 'BAD_SCRIPT', message: expect.stringMatching(sentence) }),
    );
  });

  it('of the README can be read', async () => {
    const file = new URL('../../../packages/realtime-simulator/examples/oil-change.yaml', import.meta.url);
    expect(readScript(await readFile(file, 'utf8')).rules?.length).toBeGreaterThan(2);
  });
});
