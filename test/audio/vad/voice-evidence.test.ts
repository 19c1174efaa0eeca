import { describe, expect, it } from 'vitest';
import { CUES, VoiceCues } from '../../../src/audio/vad/voice-cues.js';
import { logOdds, SCALES, VoiceEvidence } from '../../../src/audio/vad/voice-evidence.js';

/** Frames until the line is accepted to carry a voice, when each says as much for one; at most 100. */
function framesUntilAccepted(evidence: VoiceEvidence, odds: number, strength = 0.9): number {
  for (let n = 1; n <= 100; n++) {
    evidence.voiced(odds, strength);
    if (evidence.isAccepted) return n;
  }
  return Number.POSITIVE_INFINITY;
}

/** Half a second of quiet, then a sound: its frames of 160 samples, one after the other, and the last one's cues. */
function cuesOf(sampleAt: (time: number) => number, ms: number): Float64Array {
  const cues = new VoiceCues();
  for (let n = 0; n < 25; n++) cues.push(new Float64Array(160), -96, false);
  for (let n = 0; n < ms / 20; n++) {
    const samples = Float64Array.from({ length: 160 }, (_, i) => sampleAt((n * 160 + i) / 8000));
    const power = samples.reduce((sum, sample) => sum + sample * sample, 1e-12) / 160;
    cues.push(samples, 10 * Math.log10(power), true);
  }
  return cues.values;
}

/** Harmonics up to 3 kHz of a pitch whose phase is given in turns. */
function harmonics(turns: number, hertz: number): number {
  let sum = 0;
  for (let n = 1; n * hertz < 3000; n++) sum += Math.sin(2 * Math.PI * n * turns) / n;
  return 0.1 * sum;
}

describe('the cues of a voice', () => {
  it('have a scale each, with one weight more than edges, and edges that rise', () => {
    expect(SCALES).toHaveLength(CUES);
    for (const { edges, weights } of SCALES) {
      expect(weights).toHaveLength(edges.length + 1);
      expect([...edges]).toEqual([...edges].sort((a, b) => a - b));
    }
  });

  it('speak for a sound that swells and glides, and against the same sound when it is struck and stays', () => {
    const voice = cuesOf(
      (time) => Math.min(1, time / 0.08) * harmonics(140 * time + 60 * time ** 2, 150),
      120,
    );
    const note = cuesOf((time) => Math.exp(-6 * time) * harmonics(140 * time, 150), 120);
    expect(logOdds(voice)).toBeGreaterThan(0);
    expect(logOdds(note)).toBeLessThan(-1);
  });

  it('take frames that are too soft for silence', () => {
    const cues = new VoiceCues();
    cues.push(
      Float64Array.from({ length: 160 }, (_, i) => harmonics((150 * i) / 8000, 150)),
      -50,
      false,
    );
    expect(cues.strength).toBe(0);
  });
});

describe('the evidence', () => {
  it('makes a candidate of one frame that clearly is a voice, accepts two, and fades away in silence', () => {
    const evidence = new VoiceEvidence();
    evidence.voiced(9, 0.9);
    expect([evidence.isCandidate, evidence.isAccepted]).toEqual([true, false]);
    evidence.voiced(9, 0.9);
    expect(evidence.isAccepted).toBe(true);
    for (let n = 0; n < 4; n++) evidence.unvoiced(false);
    expect(evidence.isNothing).toBe(true);
  });

  it('takes longer when no frame is clearly voiced', () => {
    expect(framesUntilAccepted(new VoiceEvidence(), 2)).toBe(2);
    expect(framesUntilAccepted(new VoiceEvidence(), 2, 0.65)).toBe(3);
  });

  it('is never less than nothing: what came before a word is not held against it', () => {
    const evidence = new VoiceEvidence();
    for (let n = 0; n < 5; n++) evidence.voiced(-9, 0.9);
    expect(framesUntilAccepted(evidence, 2)).toBe(2);
  });

  it('asks for more on a line where sounds that are no voice go on, and no more than 200 ms of it', () => {
    const noisy = new VoiceEvidence();
    for (let n = 0; n < 500; n++) noisy.voiced(-1, 0.9);
    const frames = framesUntilAccepted(noisy, 2);
    expect(frames).toBeGreaterThan(5);
    expect(frames).toBeLessThanOrEqual(10);
  });

  it('trusts the line again after half a minute of quiet', () => {
    const evidence = new VoiceEvidence();
    for (let n = 0; n < 500; n++) evidence.unvoiced(true);
    for (let n = 0; n < 1500; n++) evidence.unvoiced(false);
    expect(framesUntilAccepted(evidence, 2)).toBe(2);
  });
});
