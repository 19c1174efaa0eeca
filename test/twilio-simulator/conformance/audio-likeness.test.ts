import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { unlikelyMuLaw } from '../../../packages/twilio-simulator/src/conformance/audio-likeness.js';
import { encode } from '../../../src/audio/mulaw-buffer.js';
import { readWav } from '../../../src/audio/wav.js';

const FOLDER = new URL('../../../fixtures/audio/', import.meta.url);
const CLIPS = readdirSync(FOLDER).filter((name) => name.endsWith('.wav'));
const samplesOf = (name: string) =>
  readWav(readFileSync(new URL(name, FOLDER))).channels[0] ?? new Int16Array(0);

describe('unlikelyMuLaw', () => {
  it.each(CLIPS)('does not doubt %s in mu-law', (name) => {
    expect(unlikelyMuLaw(encode(samplesOf(name)))).toBeNull();
  });

  it.each(CLIPS.filter((name) => name.startsWith('sp_')))('doubts %s in 16-bit PCM', (name) => {
    const samples = samplesOf(name);
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    expect(unlikelyMuLaw(bytes)).toContain('16-bit');
  });

  it.each([
    ['A-law', 0xd5],
    ['8-bit linear PCM', 0x80],
    ['zeros', 0x00],
  ])('doubts audio whose pauses are those of %s', (coding, silence) => {
    const speech = encode(samplesOf('sp_a_male_command.wav'));
    expect(unlikelyMuLaw(Buffer.concat([speech, Buffer.alloc(3200, silence)]))).toContain(coding);
  });

  it('does not doubt silence, nor less than a second of anything', () => {
    expect(unlikelyMuLaw(Buffer.alloc(80_000, 0xff))).toBeNull();
    expect(unlikelyMuLaw(Buffer.alloc(7_999, 0x00))).toBeNull();
  });
});
