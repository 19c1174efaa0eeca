import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCallOptions } from '../../../tools/call/call-options.js';

describe('parseCallOptions', () => {
  it('has a default for everything', () => {
    expect(parseCallOptions([])).toEqual({
      url: 'http://127.0.0.1:3000',
      urlGiven: false,
      modelScript: null,
      modelProfile: 'openai',
      from: '+15125550101',
      steps: null,
      wav: null,
      record: null,
      stir: 'A',
      json: false,
    });
  });

  it('takes every option', () => {
    const args = ['--url', 'https://voice.example.com/', '--from', '+15555550142', '--keys', '1 1, *#'];
    const more = [
      '--wav',
      'a.wav',
      '--record=b.wav',
      '--stir',
      'none',
      '--json',
      '--model-profile',
      'localai',
    ];
    expect(parseCallOptions([...args, ...more])).toEqual({
      url: 'https://voice.example.com',
      urlGiven: true,
      modelScript: null,
      modelProfile: 'localai',
      from: '+15555550142',
      steps: ['1', '1', '*', '#'].map((digit) => ({ kind: 'key', digit })),
      wav: 'a.wav',
      record: 'b.wav',
      stir: null,
      json: true,
    });
  });

  it('keeps keys and phrases in the order in which they stand', () => {
    const args = [
      '--say',
      ' I need an oil change ',
      '--keys',
      '12',
      '--interrupt=No, Tuesday',
      '--keys',
      '#',
    ];
    expect(parseCallOptions(args)?.steps).toEqual([
      { kind: 'say', words: 'I need an oil change' },
      { kind: 'key', digit: '1' },
      { kind: 'key', digit: '2' },
      { kind: 'interrupt', words: 'No, Tuesday' },
      { kind: 'key', digit: '#' },
    ]);
  });

  it('asks for the help text with null', () => {
    expect(parseCallOptions(['--help'])).toBeNull();
  });

  it.each([
    [['--speed', '2'], '--speed is no option'],
    [['--keys'], '--keys was given without its value'],
    [['--json=yes'], '--json was given'],
    [['1', '2'], 'must belong to an option'],
    [['--url', 'localhost:3000'], '--url must be'],
    [['--url', 'http://x/path'], 'without a path'],
    [['--from', '555'], '--from must be'],
    [['--keys', '1 a'], '--keys must be'],
    [['--keys', ' '], '--keys must be'],
    [['--say', ' … '], '--say needs words'],
    [['--interrupt', 'no '.repeat(200)], '--interrupt needs words, 400 characters at most'],
    [['--model-script', ''], '--model-script needs the name of a file'],
    [['--model-script', 'a.yaml', '--url', 'http://x'], 'leave --url out'],
    [['--model-profile', 'acme'], '--model-profile must be one of openai, azure'],
    [['--stir', 'D'], '--stir must be'],
    [['--wav', ''], '--wav needs'],
  ])('refuses %j with a sentence', (args, sentence) => {
    expect(() => parseCallOptions(args)).toThrow(sentence);
  });

  it('never repeats a number or a key that was typed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('--from', '--keys', '--stir'),
        fc.stringMatching(/^[a-z]{1,3}\d{4,12}$/),
        (option, value) => {
          expect(() => parseCallOptions([option, value])).toThrow(
            expect.objectContaining({ code: 'BAD_REQUEST', message: expect.not.stringContaining(value) }),
          );
        },
      ),
    );
  });
});
