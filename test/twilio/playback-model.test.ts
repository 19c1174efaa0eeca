import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlaybackModel } from '../support/playback-model.js';

type Step = (model: PlaybackModel) => void;

const which = fc.nat({ max: 20 });
const frames = fc.integer({ min: 0, max: 60 });
const passTime = (ms: number): Step => {
  return (model) => {
    vi.advanceTimersByTime(ms);
    model.elapse();
  };
};
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>((model) => model.open()) },
  {
    weight: 6,
    arbitrary: fc.tuple(which, frames).map(
      ([at, n]): Step =>
        (model) =>
          model.push(at, n * 160),
    ),
  },
  {
    weight: 4,
    arbitrary: which.map(
      (at): Step =>
        (model) =>
          model.end(at),
    ),
  },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 700 }).map(passTime) },
  { weight: 1, arbitrary: fc.constant(2500).map(passTime) },
  {
    weight: 4,
    arbitrary: fc.boolean().map(
      (again): Step =>
        (model) =>
          model.returnMark(again),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.clear()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.loseMark()) },
  { weight: 1, arbitrary: fc.constant<Step>((model) => model.playback.onMark('not-ours')) },
);

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function checkWire({ sent, marks, maxLeadMs }: PlaybackModel): void {
  check(maxLeadMs <= 300, 'more than 300 ms ahead of the caller');
  const fits = ({ bytes }: { bytes: number }) => bytes > 0 && bytes <= 800 && bytes % 160 === 0;
  check(sent.every(fits), 'a message is empty, too long or not in whole frames');
  check(new Set(marks.map(({ name }) => name)).size === marks.length, 'a mark name repeats');
  const order = sent.map(({ utterance }) => utterance);
  check(
    order.every((number, i) => i === 0 || number >= (order[i - 1] ?? 0)),
    'out of order',
  );
}

function checkEndings(model: PlaybackModel): void {
  for (const [number, { endings, writer }] of model.spoken.entries()) {
    check(endings.length <= 1, 'an utterance ended twice');
    check(writer.isOpen === (endings.length === 0), 'an utterance is open and ended');
    const [ending] = endings;
    if (!ending) continue;
    const { played, sentBytes, heardMs } = ending;
    check(
      played.heardMs >= 0 && played.heardMs <= sentBytes / 8,
      'heard more than was sent, or less than nothing',
    );
    const exact = played.completed ? sentBytes / 8 : heardMs;
    check(Math.abs(played.heardMs - exact) < 1e-6, 'heard something else than Twilio has played');
    check(played.fullText.startsWith(played.text), 'heard words that were not said');
    check(model.sentOf(number) === sentBytes, 'audio was sent after its utterance had ended');
  }
}

function checkSpeaking(model: PlaybackModel): void {
  const { speaking: expected, playback, speakingChanges } = model;
  check(expected === null || playback.speaking === expected, `speaking is ${playback.speaking}`);
  check(
    speakingChanges.every((value, i) => value === (i % 2 === 0)),
    'speaking was reported twice the same',
  );
  check((speakingChanges.at(-1) ?? false) === playback.speaking, 'a change of speaking was not reported');
  if (expected !== null)
    check(vi.getTimerCount() === (model.needsTicks ? 1 : 0), 'ticks without need, or none');
}

describe('a playback against a model of the wire', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('holds its promises in any order of audio, marks, clears and time, and ends everything on close', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const model = new PlaybackModel();
        for (const act of steps) {
          act(model);
          checkWire(model);
          checkEndings(model);
          checkSpeaking(model);
        }
        model.close();
        checkEndings(model);
        check(!model.playback.speaking && model.playback.isIdle, 'not idle after the close');
        check(
          model.spoken.every(({ endings }) => endings.length === 1),
          'an utterance never ended',
        );
        const sent = model.sent.length;
        model.open();
        model.push(model.spoken.length - 1, 800);
        model.end(model.spoken.length - 1);
        vi.advanceTimersByTime(5000);
        check(model.sent.length === sent && vi.getTimerCount() === 0, 'something went out after the close');
        checkEndings(model);
      }),
      { numRuns: 3000 },
    );
  });

  it('plays everything to its end when nobody interrupts, without a gap', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pieces, (sizes) => {
        const model = new PlaybackModel();
        const begin = performance.now();
        for (const [i, size] of sizes.entries()) {
          model.open();
          model.push(i, size * 160);
          model.end(i);
        }
        const total = sizes.reduce((sum, size) => sum + size * 20, 0);
        for (let ms = 0; ms < total + 40; ms += 20) {
          passTime(20)(model);
          for (let i = 0; i < sizes.length; i += 1) model.returnMark(false);
        }
        const ends = model.spoken.map(({ endings }) => endings[0]?.played);
        expect(ends.map((played) => [played?.completed, played?.heardMs])).toEqual(
          sizes.map((size) => [true, size * 20]),
        );
        const { sent } = model;
        expect(sent.every(({ startsAt }, i) => startsAt === begin + ms(sent.slice(0, i)))).toBe(true);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

function ms(messages: readonly { readonly bytes: number }[]): number {
  return messages.reduce((sum, { bytes }) => sum + bytes / 8, 0);
}
