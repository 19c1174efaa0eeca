import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLintOptions } from '../../../packages/twilio-simulator/src/lint/lint-options.js';

const SID = `CA${'0a'.repeat(16)}`;

describe('parseLintOptions', () => {
  it('needs nothing but an address', () => {
    expect(parseLintOptions(['--url', 'ws://127.0.0.1:3000/media'], {})).toEqual({
      entry: { kind: 'stream', url: 'ws://127.0.0.1:3000/media' },
      publicUrl: null,
      authToken: null,
      headers: {},
      parameters: {},
      from: '+15555550123',
      callSid: null,
      keys: [],
      wav: null,
      skip: new Set(),
      json: false,
    });
  });

  it('takes every option', () => {
    const args = [
      '--webhook',
      'https://voice.example.com/voice?a=1',
      '--public-url',
      'https://voice.example.com/',
    ];
    const more = [
      '--auth-token',
      't',
      '--header',
      'X-A: b',
      '--header',
      'X-C: d: e',
      '--param',
      'a=b=c',
      '--param',
      'd=',
    ];
    const rest = [
      '--call-sid',
      SID,
      '--from',
      'anonymous',
      '--keys',
      '1 9',
      '--wav',
      'a.wav',
      '--skip',
      'drop, last',
      '--json',
    ];
    expect(parseLintOptions([...args, ...more, ...rest], { TWILIO_AUTH_TOKEN: 'other' })).toEqual({
      entry: { kind: 'webhook', url: 'https://voice.example.com/voice?a=1' },
      publicUrl: 'https://voice.example.com',
      authToken: 't',
      headers: { 'X-A': 'b', 'X-C': 'd: e' },
      parameters: { a: 'b=c', d: '' },
      from: 'anonymous',
      callSid: SID,
      keys: ['1', '9'],
      wav: 'a.wav',
      // One CallSid cannot have calls at once.
      skip: new Set(['drop', 'steady', 'gap', 'beside', 'last']),
      json: true,
    });
  });

  it('signs with the token of the environment', () => {
    expect(parseLintOptions(['--url', 'wss://x/y'], { TWILIO_AUTH_TOKEN: 'env' })?.authToken).toBe('env');
  });

  it('asks for the help text with null', () => {
    expect(parseLintOptions(['--help'], {})).toBeNull();
  });

  it.each([
    [[], 'Give either --url'],
    [['--url', 'ws://x/', '--webhook', 'http://x/'], 'Give either --url'],
    [['--url', 'http://x/'], 'ws:// or wss://'],
    [['--webhook', 'ws://x/'], 'http:// or https://'],
    [['--url', 'ws://x/', '--public-url', 'https://x/path'], '--public-url must be'],
    [['--url', 'ws://x/', '--header', 'novalue'], '--header must be'],
    [['--url', 'ws://x/', '--param', 'novalue'], '--param must be'],
    [['--url', 'ws://x/', '--call-sid', 'CA1'], '--call-sid must be'],
    [['--url', 'ws://x/', '--keys', 'x'], '--keys must be'],
    [['--url', 'ws://x/', '--skip', 'first'], '--skip takes second'],
    [['--url', 'ws://x/', '--wav', ''], '--wav needs'],
    [['--url'], '--url is no option of this command, or lacks its value'],
    [['--speed', '1'], '--speed is no option'],
    [['ws://x/'], 'An argument is no option'],
  ])('refuses %j with a sentence', (args, sentence) => {
    expect(() => parseLintOptions(args, {})).toThrow(sentence);
  });

  it('never repeats what was typed: it may be a token', () => {
    const options = fc.constantFrom(
      '--header',
      '--param',
      '--call-sid',
      '--keys',
      '--skip',
      '--public-url',
      '--url',
    );
    fc.assert(
      fc.property(options, fc.stringMatching(/^[a-z]{1,3}\d{6,12}$/), (option, value) => {
        expect(() => parseLintOptions(['--webhook', 'http://x/', option, value], {})).toThrow(
          expect.objectContaining({ code: 'BAD_REQUEST', message: expect.not.stringContaining(value) }),
        );
      }),
    );
  });
});
