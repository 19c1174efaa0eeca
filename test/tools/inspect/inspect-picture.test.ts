import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from '../../../packages/twilio-simulator/src/xml-reader.js';
import { LabelLines } from '../../../tools/inspect/inspect-labels.js';
import { drawTimeline } from '../../../tools/inspect/inspect-picture.js';
import { tag, text, widthOf } from '../../../tools/inspect/inspect-svg.js';
import { timelineOf } from '../../../tools/inspect/timeline.js';
import { runs } from '../../support/property-runs.js';
import { recordedStream, talkingStream } from '../../support/recorded-stream.js';

interface Placed {
  readonly words: string;
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

/** Every text of a picture and where it stands. */
function textsOf(svg: string): Placed[] {
  return readXml(svg)
    .children.filter(({ name }) => name === 'text')
    .map(placed);
}

function placed({ attributes, text: words }: XmlElement): Placed {
  const [x, y] = [Number(attributes.get('x')), Number(attributes.get('y'))];
  const width = widthOf(words, Number(attributes.get('font-size') ?? 12));
  const anchor = attributes.get('text-anchor');
  const from = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
  return { words, from, to: from + width, y };
}

function overlaps(all: readonly Placed[]): string[] {
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => Math.abs(other.y - one.y) < 9 && other.from < one.to && one.from < other.to)
      .map((other) => `${one.words} | ${other.words}`),
  );
}

describe('the picture of a recording', () => {
  const timeline = timelineOf(recordedStream());

  it('says what happened where it happened', () => {
    const { svg, width, height } = drawTimeline(timeline, 0, timeline.durationMs);
    const words = textsOf(svg).map((one) => one.words);
    expect(width).toBe(1600);
    expect(height).toBe(118 + 2 * 306 + 16);
    expect(words).toEqual(
      expect.arrayContaining([
        'Call CA0000…0001',
        '2026-11-23 19:31:05 UTC  ·  18.0 s  ·  the caller hung up',
        'speech, found after 80 ms, 1.0 s long',
        'cut off after 80 ms of speech; 2.1 s heard',
        'speaks 510 ms after the speech',
        'back after 15 ms',
        '7',
        'cut off 0.0 ms after the key; 4.0 s heard',
        'no speech (rejected)',
        'greeting',
        'collecting_info',
      ]),
    );
    expect(words.filter((one) => /^\d\d?$/.test(one) && one !== '7').length).toBeGreaterThan(18);
  });

  it('has what both sides say below their waves, and the functions of a voice model', () => {
    const talking = timelineOf(talkingStream());
    const { svg } = drawTimeline(talking, 0, talking.durationMs);
    const texts = textsOf(svg);
    expect(overlaps(texts)).toEqual([]);
    const at = (words: string) => texts.find((one) => one.words === words);
    expect(at('open')?.y).toBeLessThan(at('Good')?.y ?? 0);
    expect(at('nine.')?.from).toBeGreaterThan(at('Good')?.from ?? Infinity);
    expect(at('[find_open_times: done]')?.y).toBe(at('open')?.y);
  });

  it('has no text over another, whatever part is shown', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 17_000 }),
        fc.integer({ min: 100, max: 18_000 }),
        (from, length) => {
          const { svg } = drawTimeline(timeline, from, Math.min(from + length, timeline.durationMs));
          expect(overlaps(textsOf(svg))).toEqual([]);
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('is drawn of a recording that holds nothing, and of a long one in longer rows', () => {
    const empty = timelineOf({ ...recordedStream(), lines: [{ t: 4000, end: 'lost' }] });
    expect(textsOf(drawTimeline(empty, 0, 4000).svg)[0]?.words).toBe('Call that never started');
    const hour = timelineOf({ ...recordedStream(), lines: [{ t: 3_600_000, end: 'lost' }] });
    expect(drawTimeline(hour, 0, 3_600_000).height).toBe(118 + 30 * 306 + 16);
  });
});

describe('labels in one line', () => {
  it('never touch, never leave the line, and stand beside their mark', () => {
    const label = fc.record({
      x: fc.integer({ min: 100, max: 500 }),
      side: fc.constantFrom('left', 'right'),
      words: fc.string({ unit: fc.constantFrom(...'abil 01m'), minLength: 1, maxLength: 30 }),
      fill: fc.constant('black'),
    });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (labels, lines) => {
        const drawn = readXml(`<all>${new LabelLines(100, 500, lines).place(labels, 10)}</all>`).children.map(
          (one) => ({
            ...placed(one),
            x: Number(one.attributes.get('x')),
          }),
        );
        expect(overlaps(drawn)).toEqual([]);
        for (const { from, to, x } of drawn) {
          expect(from).toBeGreaterThanOrEqual(99.9);
          expect(to).toBeLessThanOrEqual(500.1);
          expect(labels.some((one) => Math.abs(Math.abs(one.x - x) - 6) < 0.01)).toBe(true);
        }
      }),
    );
  });
});

describe('svg', () => {
  it('escapes what stands in it and rounds numbers', () => {
    const element = readXml(text(1.23456, 2, 'a < b & "c"', { fill: '"&<' }));
    expect(element.text).toBe('a < b & "c"');
    expect(element.attributes.get('fill')).toBe('"&<');
    expect(element.attributes.get('x')).toBe('1.23');
    expect(tag('g', { a: undefined, b: 0 })).toBe('<g b="0"/>');
  });
});
