import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { MulawToPcm24, Pcm24ToMulaw } from '../../src/audio/resample.js';
import { runs } from '../support/property-runs.js';

const SECOND = 8000;

function tone(hertz: number, rate: number, amplitude = 12_000): Int16Array {
  return Int16Array.from({ length: rate }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / rate)),
  );
}

function pcmOf(samples: Int16Array): Buffer {
  const pcm = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, i) => {
    pcm.writeInt16LE(sample, i * 2);
  });
  return pcm;
}

function samplesOf(pcm: Buffer): Int16Array {
  return Int16Array.from({ length: pcm.length / 2 }, (_, i) => pcm.readInt16LE(i * 2));
}

/** The level of one frequency in dB of full scale, measured where the filter has settled. */
function levelAt(hertz: number, samples: Int16Array, rate: number): number {
  const settled = samples.subarray(rate / 10, rate / 10 + rate / 2);
  let [real, imaginary] = [0, 0];
  settled.forEach((sample, i) => {
    const angle = (2 * Math.PI * hertz * i) / rate;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / settled.length / 32_768 + 1e-9);
}

function up(mulaw: Buffer): Int16Array {
  const pcm = Buffer.alloc(mulaw.length * 6);
  expect(new MulawToPcm24().convert(mulaw, pcm)).toBe(pcm.length);
  return samplesOf(pcm);
}

const BAND = [300, 500, 1000, 1700, 2400, 3000, 3350];

describe('mu-law at 8 kHz to PCM at 24 kHz', () => {
  test.each(BAND)('%i Hz keeps its level within 0.5 dB, and its images are 40 dB below', (hertz) => {
    const mulaw = encode(tone(hertz, 8000));
    const before = levelAt(hertz, decode(mulaw), 8000);
    const samples = up(mulaw);
    expect(Math.abs(levelAt(hertz, samples, 24_000) - before)).toBeLessThan(0.5);
    // Below that the filter is on its way down.
    for (const image of [8000 - hertz, 8000 + hertz].filter((each) => each >= 4650))
      expect(levelAt(image, samples, 24_000) - before).toBeLessThan(-40);
  });
});

describe('PCM at 24 kHz to mu-law at 8 kHz', () => {
  test.each(BAND)('%i Hz keeps its level within 0.5 dB', (hertz) => {
    const mulaw = new Pcm24ToMulaw().convert(pcmOf(tone(hertz, 24_000)));
    expect(mulaw).toHaveLength(SECOND);
    const before = levelAt(hertz, tone(hertz, 24_000), 24_000);
    expect(Math.abs(levelAt(hertz, decode(mulaw), 8000) - before)).toBeLessThan(0.5);
  });

  test.each([4700, 5500, 7000, 9000, 11_000])('%i Hz does not fold back into the band', (hertz) => {
    const mulaw = new Pcm24ToMulaw().convert(pcmOf(tone(hertz, 24_000)));
    const folded = Math.abs(hertz - 8000 * Math.round(hertz / 8000));
    expect(levelAt(folded, decode(mulaw), 8000) - levelAt(hertz, tone(hertz, 24_000), 24_000)).toBeLessThan(
      -40,
    );
  });

  test('starts anew after a reset', () => {
    const converter = new Pcm24ToMulaw();
    const pcm = pcmOf(tone(440, 24_000).subarray(0, 2400));
    const first = converter.convert(pcm);
    converter.convert(pcm.subarray(0, 77));
    converter.reset();
    expect(converter.convert(pcm)).toEqual(first);
  });
});

test('a tone goes both ways within 0.8 dB, full scale is not wrapped around', () => {
  const loud = encode(tone(1000, 8000, 32_000));
  const back = new Pcm24ToMulaw().convert(pcmOf(up(loud)));
  expect(Math.abs(levelAt(1000, decode(back), 8000) - levelAt(1000, decode(loud), 8000))).toBeLessThan(0.8);
});

test('how audio is cut into pieces changes nothing of it', () => {
  const cuts = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 1500 }), cuts, (bytes, lengths) => {
      const pieces: Uint8Array[] = [];
      let rest = bytes;
      for (const length of lengths) {
        pieces.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      pieces.push(rest);
      const [whole, cut] = [new Pcm24ToMulaw(), new Pcm24ToMulaw()];
      expect(Buffer.concat(pieces.map((piece) => cut.convert(piece)))).toEqual(whole.convert(bytes));
      const [wholeUp, cutUp] = [new MulawToPcm24(), new MulawToPcm24()];
      const pcm = pieces.map((piece) => {
        const into = Buffer.alloc(piece.length * 6);
        cutUp.convert(piece, into);
        return into;
      });
      const into = Buffer.alloc(bytes.length * 6);
      wholeUp.convert(bytes, into);
      expect(Buffer.concat(pcm)).toEqual(into);
    }),
    { numRuns: runs(1000) },
  );
});
