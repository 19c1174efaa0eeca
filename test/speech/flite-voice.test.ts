import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { FliteVoice, type FliteVoiceOptions, MAX_CHARACTERS } from '../../src/speech/flite-voice.js';
import { describeTextToSpeech } from '../contracts/text-to-speech.js';

describeTextToSpeech('Flite', () => new FliteVoice({ deadlineMs: 60_000 }));

const open: FliteVoice[] = [];

function voiceOn(
  thread: string,
  options: Partial<FliteVoiceOptions> = {},
): { voice: FliteVoice; started: () => number } {
  let started = 0;
  const startThread = () => {
    started++;
    return new Worker(`const { parentPort } = require('node:worker_threads'); ${thread}`, { eval: true });
  };
  const voice = new FliteVoice({ startThread, ...options });
  open.push(voice);
  return { voice, started: () => started };
}

/** Answers every text with its own bytes, except for what the given cases do. */
function answering(cases: string): string {
  return `parentPort.on('message', ({ text }) => { ${cases} parentPort.postMessage({ audio: new Uint8Array(Buffer.from(text)) }); });`;
}

describe('the voice thread', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((voice) => voice.close()));
  });

  it.each([
    ['dies', `if (text === 'Bad.') process.exit(3);`, 'status 3'],
    ['throws', `if (text === 'Bad.') throw new Error('out of memory');`, 'out of memory'],
    ['sends nonsense', `if (text === 'Bad.') return parentPort.postMessage(7);`, 'no reply'],
  ])('is replaced when it %s: that sentence fails, the next is said', async (_, cases, reason) => {
    const { voice, started } = voiceOn(answering(cases));
    const bad = voice.synthesize('Bad.');
    const good = voice.synthesize('Good.');
    await expect(bad).rejects.toMatchObject({
      code: 'SPEECH_FAILED',
      message: expect.stringContaining(reason),
    });
    expect((await good).audio.toString()).toBe('Good.');
    expect(started()).toBe(2);
  });

  it('is replaced when it hangs, after the deadline', async () => {
    const { voice, started } = voiceOn(answering(`while (text === 'Bad.');`), { deadlineMs: 300 });
    expect((await voice.synthesize('Good.')).audio.toString()).toBe('Good.');
    await expect(voice.synthesize('Bad.')).rejects.toThrow('took longer than 300 ms');
    expect((await voice.synthesize('Good.')).audio.toString()).toBe('Good.');
    expect(started()).toBe(2);
  });

  it('is replaced when it died while nobody waited', async () => {
    const { voice, started } = voiceOn(
      answering(`if (text === 'Last.') setImmediate(() => process.exit(0));`),
    );
    expect((await voice.synthesize('Last.')).audio.toString()).toBe('Last.');
    await expect
      .poll(async () => {
        await voice.synthesize('Good.').catch(() => null);
        return started();
      })
      .toBe(2);
    expect((await voice.synthesize('Good.')).audio.toString()).toBe('Good.');
  });

  it('stays when the voice itself reports an error', async () => {
    const { voice, started } = voiceOn(
      answering(`if (text === 'Bad.') return parentPort.postMessage({ error: 'no sound' });`),
    );
    await expect(voice.synthesize('Bad.')).rejects.toThrow('no sound');
    expect((await voice.synthesize('Good.')).audio.toString()).toBe('Good.');
    expect(started()).toBe(1);
  });

  it('does not start before something is to be said', async () => {
    const { voice, started } = voiceOn(answering(''));
    await expect(voice.synthesize('')).rejects.toThrow('no letter');
    expect(started()).toBe(0);
  });
});

describe('the order of sentences', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((voice) => voice.close()));
  });

  it('is the order asked, but background ones wait until nobody else does', async () => {
    const { voice } = voiceOn(answering(''));
    const said: string[] = [];
    const say = async (text: string, background: boolean) => {
      said.push((await voice.synthesize(text, { background })).audio.toString());
    };
    await Promise.all([
      say('Prepared one.', true),
      say('Prepared two.', true),
      say('Live one.', false),
      say('Prepared three.', true),
      say('Live two.', false),
    ]);
    expect(said).toEqual(['Prepared one.', 'Live one.', 'Live two.', 'Prepared two.', 'Prepared three.']);
  });

  it('never says in an error what the text was', async () => {
    const { voice } = voiceOn(answering('process.exit(1);'));
    const error: unknown = await voice.synthesize('Call 555-010-0123.').catch((reason: unknown) => reason);
    expect(String(error)).toContain('could not say');
    expect(String(error)).not.toMatch(/5\D*5\D*5/);
  });

  it('says how long a text may be', async () => {
    const { voice } = voiceOn(answering(''));
    await expect(voice.synthesize('a'.repeat(MAX_CHARACTERS + 1))).rejects.toThrow(
      '401 characters, at most 400',
    );
  });
});
