import { describe, expect, it } from 'vitest';
import { decode } from '../../src/audio/mulaw.js';
import { toPhone } from '../../src/speech/phone-band.js';
import { activeLevel, peakLevel } from '../support/audio-measures.js';

function tone(hertz: number, seconds: number, amplitude = 3000): Int16Array {
  return Int16Array.from({ length: 16000 * seconds }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / 16000)),
  );
}

function join(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function phoned(speech: Int16Array): Int16Array {
  return decode(toPhone(speech).audio);
}

/** The gain at a frequency against 1 kHz, in dB: one after the other in the same audio, so that they share the level. */
function gainAgainstKilohertz(hertz: number): number {
  const samples = phoned(join(tone(1000, 0.5), tone(hertz, 0.5), tone(1000, 0.5)));
  const rms = (from: number) =>
    Math.sqrt(samples.subarray(from, from + 2400).reduce((sum, sample) => sum + sample ** 2, 0) / 2400);
  return 20 * Math.log10(rms(5000) / rms(800));
}

describe('the phone band', () => {
  it.each([
    [300, -1, 0.5],
    [1000, -0.5, 0.5],
    [1900, -0.5, 1],
    [2800, 7, 8.5],
    [3500, 7, 8.5],
  ])('carries %i Hz between %d and %d dB', (hertz, least, most) => {
    expect(gainAgainstKilohertz(hertz)).toBeGreaterThan(least);
    expect(gainAgainstKilohertz(hertz)).toBeLessThan(most);
  });

  it.each([40, 80, 3990, 4200, 5000, 6500, 7800])('stops %i Hz, which no alias brings back', (hertz) => {
    expect(gainAgainstKilohertz(hertz)).toBeLessThan(-38);
  });

  it.each([300, 3000, 20000])('brings an amplitude of %i to the same level', (amplitude) => {
    const samples = phoned(tone(1000, 1, amplitude));
    expect(activeLevel(samples)).toBeCloseTo(-19, 0);
  });

  it('lowers speech with sharp peaks rather than clip it', () => {
    const clicks = tone(1000, 1, 500).map((sample, i) => (i % 1600 < 3 ? 30000 : sample));
    expect(peakLevel(phoned(clicks))).toBeLessThan(-1);
  });

  it('cuts long silence down to a short pause and keeps the pause between words', () => {
    const quiet = new Int16Array(16000);
    const { audio, skippedMs } = toPhone(join(quiet, tone(1000, 0.5), quiet, tone(1000, 0.5), quiet));
    expect(audio.length / 8000).toBeGreaterThan(2.2);
    expect(audio.length / 8000).toBeLessThan(2.5);
    expect(skippedMs).toBeGreaterThan(930);
    expect(skippedMs).toBeLessThanOrEqual(960);
  });

  it('gives nothing for silence', () => {
    expect(toPhone(new Int16Array(16000)).audio.length).toBe(0);
    expect(toPhone(new Int16Array(0)).audio.length).toBe(0);
  });
});
