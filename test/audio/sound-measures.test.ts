import { describe, expect, it } from 'vitest';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { LevelMeter, NoiseFloor, SILENT_DBFS } from '../../src/audio/vad/level-meter.js';
import { isTone } from '../../src/audio/vad/tone-guard.js';
import { Voicing } from '../../src/audio/vad/voicing.js';

function sine(hertz: number, dbfs: number, samples = 160): Float64Array {
  const peak = 10 ** (dbfs / 20) * Math.SQRT2;
  return Float64Array.from({ length: samples }, (_, i) => peak * Math.sin((2 * Math.PI * hertz * i) / 8000));
}

const muLaw = (samples: Float64Array) => encode(Int16Array.from(samples, (sample) => sample * 32_768));

/** A voice in the simplest form: pulses at a pitch, each ringing away. */
function pulses(hertz: number, samples: number): Float64Array {
  return Float64Array.from({ length: samples }, (_, i) => {
    const since = i % Math.round(8000 / hertz);
    return Math.exp(-since / 8) * Math.cos((Math.PI * since) / 6);
  });
}

describe('the level', () => {
  it('is in dBFS, to half a decibel in the telephone band', () => {
    for (const dbfs of [-10, -20, -40]) {
      const meter = new LevelMeter();
      const audio = muLaw(sine(1000, dbfs, 1600));
      meter.measure(audio, 0, 800);
      expect(Math.abs(meter.measure(audio, 800, 1600) - dbfs)).toBeLessThan(0.5);
    }
  });

  it('hears no mains hum', () => {
    const meter = new LevelMeter();
    const audio = muLaw(sine(50, -10, 3200));
    meter.measure(audio, 0, 1600);
    expect(meter.measure(audio, 1600, 3200)).toBeLessThan(-28);
  });

  it('of digital silence is -96 dBFS, and of nothing too', () => {
    expect(new LevelMeter().measure(Buffer.alloc(160, 0xff), 0, 160)).toBe(SILENT_DBFS);
    expect(new LevelMeter().measure(Buffer.alloc(0), 0, 0)).toBe(SILENT_DBFS);
  });
});

describe('the noise floor', () => {
  it('is known after 300 ms: their median', () => {
    const floor = new NoiseFloor();
    for (let n = 0; n < 15; n++) {
      expect(floor.known).toBe(false);
      floor.push(n < 5 ? -10 : -50);
    }
    expect([floor.known, floor.dbfs]).toEqual([true, -50]);
  });

  it('follows a louder line slowly and a softer one faster, and never falls below -68', () => {
    const floor = new NoiseFloor();
    for (let n = 0; n < 15; n++) floor.push(-50);
    for (let n = 0; n < 50; n++) floor.push(-30);
    expect(floor.dbfs).toBeCloseTo(-45.5);
    for (let n = 0; n < 50; n++) floor.push(-96);
    expect(floor.dbfs).toBeCloseTo(-56);
    for (let n = 0; n < 500; n++) floor.push(-96);
    expect(floor.dbfs).toBe(-68);
  });

  it('is not raised by what may be our own echo', () => {
    const floor = new NoiseFloor();
    for (let n = 0; n < 15; n++) floor.push(-60);
    for (let n = 0; n < 500; n++) floor.push(-30, true);
    expect(floor.dbfs).toBe(-60);
  });
});

describe('the tone guard', () => {
  it('knows keys, ringing and beeps, and takes no voice and no hiss for them', () => {
    const key = sine(770, -20).map((sample, i) => sample + (sine(1336, -18)[i] ?? 0));
    expect(isTone(key)).toBe(true);
    expect(isTone(sine(440, -30))).toBe(true);
    expect(isTone(pulses(130, 160))).toBe(false);
    let seed = 1;
    const hiss = Float64Array.from({ length: 160 }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
      return seed / 2 ** 31;
    });
    expect(isTone(hiss)).toBe(false);
    expect(isTone(new Float64Array(160))).toBe(false);
  });
});

describe('the voicing', () => {
  it.each([90, 120, 180, 250])('of a voice at %i Hz is strong, at its period', (hertz) => {
    const voicing = new Voicing();
    const voice = pulses(hertz, 480);
    for (let from = 0; from < 480; from += 160) voicing.push(voice.subarray(from, from + 160));
    voicing.analyse();
    expect(voicing.strength).toBeGreaterThan(0.8);
    const octaves = Math.log2(4000 / voicing.period / hertz);
    expect(Math.abs(octaves - Math.round(octaves))).toBeLessThan(0.06);
  });

  it('of silence is none', () => {
    const voicing = new Voicing();
    voicing.push(new Float64Array(160));
    voicing.analyse();
    expect(voicing.strength).toBe(0);
  });
});
