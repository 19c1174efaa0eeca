import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/audio/mulaw.js';
import { FliteVoice } from '../../src/speech/flite-voice.js';
import { activeLevel, peakLevel, spectrumOf } from '../support/audio-measures.js';

const SENTENCE = 'Press one to book an oil change, or press two for brakes.';

// What is judged here is the sound; on a busy machine a thread may take its time.
const PATIENT = { deadlineMs: 60_000 };

async function hashFromFreshThread(text: string): Promise<string> {
  const voice = new FliteVoice(PATIENT);
  try {
    return createHash('sha256')
      .update((await voice.synthesize(text)).audio)
      .digest('hex');
  } finally {
    await voice.close();
  }
}

describe('what a caller hears of the voice', { timeout: 120_000 }, () => {
  const voice = new FliteVoice(PATIENT);
  afterAll(() => voice.close());

  it('is the same from any fresh thread, to the byte', async () => {
    expect(await hashFromFreshThread(SENTENCE)).toBe(await hashFromFreshThread(SENTENCE));
  });

  it('is loud enough, never clips and lies within the phone band', async () => {
    const samples = decode((await voice.synthesize(SENTENCE)).audio);
    expect(samples.length / 8000).toBeGreaterThan(2.8);
    expect(samples.length / 8000).toBeLessThan(4);
    expect(activeLevel(samples)).toBeGreaterThan(-22);
    expect(activeLevel(samples)).toBeLessThan(-16);
    expect(peakLevel(samples)).toBeLessThan(-1);
    expect(Math.abs(samples.reduce((sum, sample) => sum + sample, 0) / samples.length)).toBeLessThan(8);
    const share = spectrumOf(samples);
    expect(share(200, 3800)).toBeGreaterThan(0.96);
    expect(share(0, 100)).toBeLessThan(0.001);
    expect(share(3850, 4000)).toBeLessThan(0.001);
    expect(share(2500, 3700)).toBeGreaterThan(0.1);
  });

  it.each(['Yes.', SENTENCE, 'Sorry, that key is not one of the choices.'])(
    'begins at once and ends with a short pause: %s',
    async (text) => {
      const samples = decode((await voice.synthesize(text)).audio);
      const audible = Array.from(samples, (sample) => Math.abs(sample) > 300);
      expect(audible.indexOf(true) / 8).toBeLessThan(150);
      const pause = (samples.length - audible.lastIndexOf(true)) / 8;
      expect(pause).toBeGreaterThan(80);
      expect(pause).toBeLessThan(300);
      expect(Math.abs(samples[0] ?? 0)).toBeLessThan(20);
      expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(20);
    },
  );
});
