import fc from 'fast-check';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { finishedCall } from '../../src/calls/finished-call.js';
import { PACING } from '../../src/twilio/playback.js';
import { runs } from '../support/property-runs.js';
import { STEP_MS } from '../support/twilio-wire.js';
import { WiredConversation } from '../support/wired-conversation.js';

const AHEAD_MS = PACING.leadMs + PACING.messageMs;

/** What happens next; as data, so that a counterexample can be read. */
type Act = readonly [what: keyof typeof ACTS, a?: number, b?: number];

const ACTS = {
  open: (call: WiredConversation) => call.open(),
  push: (call: WiredConversation, which: number, words: number) => call.push(which, words),
  end: (call: WiredConversation, which: number) => call.end(which),
  elapse: (call: WiredConversation, ms: number) => call.elapse(ms),
  press: (call: WiredConversation) => call.wire.press(),
  speak: (call: WiredConversation) => call.wire.speak(true),
  beSilent: (call: WiredConversation) => call.wire.speak(false),
  interrupt: (call: WiredConversation) => call.interrupt(),
  echoMark: (call: WiredConversation, which: number) => call.wire.echoMark(which),
  hangUp: (call: WiredConversation) => call.wire.hangUp(),
  // The first message after it is a frame, as of every fifty messages forty-nine are.
  stall: (call: WiredConversation, ms: number) => {
    call.wire.stall(ms);
    call.elapse(2 * STEP_MS);
  },
};

let clock: WiredConversation | null = null;

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => clock?.wire.now ?? 1000);
});
afterEach(() => {
  vi.restoreAllMocks();
  clock = null;
});

const which = fc.nat({ max: 20 });
const words = fc.integer({ min: 0, max: 12 });
const time = (max: number) => fc.integer({ min: 1, max: max / STEP_MS }).map((steps) => steps * STEP_MS);
const plain = (weight: number, what: Act[0]) => ({ weight, arbitrary: fc.constant<Act>([what]) });
const act: fc.Arbitrary<Act> = fc.oneof(
  plain(5, 'open'),
  { weight: 8, arbitrary: fc.tuple(fc.constant('push' as const), which, words) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('end' as const), which) },
  { weight: 9, arbitrary: fc.tuple(fc.constant('elapse' as const), time(900)) },
  plain(2, 'press'),
  plain(1, 'speak'),
  plain(1, 'beSilent'),
  plain(1, 'interrupt'),
  { weight: 1, arbitrary: fc.tuple(fc.constant('echoMark' as const), which) },
  plain(1, 'hangUp'),
);
const stall: fc.Arbitrary<Act> = fc.tuple(fc.constant('stall' as const), time(13_000));
const delay = fc.integer({ min: 0, max: 25 }).map((steps) => steps * STEP_MS);

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function checkWire({ wire }: WiredConversation): void {
  check(wire.maxInFlightMs <= AHEAD_MS + 2 * wire.options.delayMs, 'too far ahead of the caller');
  const fits = ({ bytes }: { bytes: number }) =>
    bytes > 0 && bytes <= PACING.messageMs * 8 && bytes % 160 === 0;
  check(wire.messages.every(fits), 'a message is empty, too long or not in whole frames');
  check(new Set(wire.marks.map(({ name }) => name)).size === wire.marks.length, 'a mark name repeats');
}

function checkSpeaking({ playback, speakingChanges, endings, wire, closed }: WiredConversation): void {
  check(
    speakingChanges.every((value, i) => value === (i % 2 === 0)),
    'speaking was told twice the same',
  );
  check((speakingChanges.at(-1) ?? false) === playback.speaking, 'a change of speaking was not told');
  const given = endings.some(({ by }) => by === 'lost mark');
  check(given || closed || !wire.unheardIsOut || playback.speaking, 'silent while unheard audio is out');
}

/** `speaking` is true for exactly the utterances of which audio was sent and that have not ended. */
function checkOut(call: WiredConversation): void {
  const ended = new Set(call.endings.map(({ utterance }) => utterance));
  const out = call.said.some((_, i) => !ended.has(i) && call.sentMs(i) > 0);
  check(
    call.playback.speaking === out,
    `speaking is ${call.playback.speaking}, unheard audio is out: ${out}`,
  );
}

function checkEndings(call: WiredConversation): void {
  const { endings, wire } = call;
  check(
    new Set(endings.map(({ utterance }) => utterance)).size === endings.length,
    'an utterance ended twice',
  );
  for (const { utterance, played, by, sentMs } of endings) {
    check(call.sentMs(utterance) === sentMs, 'audio went out after its utterance had ended');
    check(played.heardMs >= 0 && played.heardMs <= sentMs, 'heard more than was sent');
    check(
      call.wordsInHistory(utterance) * 100 <= played.heardMs,
      'the history holds words that were not heard',
    );
    check(by !== 'drop' || played.heardMs === 0, 'heard before anything was sent');
    if (by === 'mark') check(played.completed && sentMs === (wire.heardMs[utterance] ?? 0), 'a mark lied');
  }
}

/** What the caller had really heard when it was cut off. */
function checkHeard(call: WiredConversation): void {
  const { wire, endings, marksBack } = call;
  const { delayMs, sendsSilence } = wire.options;
  // What was on its way when the network stopped may be taken for heard, but nothing that was sent later.
  const doubt = wire.everStalled ? AHEAD_MS : 0;
  for (const { utterance, played, by, clears, at } of endings) {
    if (by !== 'clear' && by !== 'hang-up' && by !== 'lost mark') continue;
    const atClear = by === 'clear' ? wire.heardAtClear[clears - 1] : undefined;
    const atEnd = by === 'lost mark' ? wire.heardMs : (wire.heardAtHangUp ?? wire.heardMs);
    const truth = (atClear ?? atEnd)[utterance] ?? 0;
    // A clear that meets a caller who has hung up meanwhile, or a way that no mark has measured yet.
    const late = (by === 'clear' && !atClear) || (by === 'hang-up' && marksBack === 0);
    const unknownWay = late ? 2 * delayMs + STEP_MS : by === 'hang-up' ? STEP_MS : 0;
    check(
      played.heardMs <= truth + doubt + unknownWay,
      `${by}: ${played.heardMs} ms heard, but ${truth} played`,
    );
    const exact = by === 'clear' && atClear !== undefined && sendsSilence && !wire.everStalled;
    const begun = at > 1000 + 2 * delayMs + 100;
    check(
      !exact || !begun || played.heardMs >= truth - 60 - delayMs,
      `${truth} ms played, but ${played.heardMs} heard`,
    );
  }
}

/** The full transcript has each utterance of which audio was sent once, from its first word on, and no less of it than was heard. */
function checkFull(call: WiredConversation): void {
  const full =
    finishedCall(call.session, 'hung_up', { now: new Date(), isOpenAt: () => true }).full_transcript ?? [];
  for (const { utterance, sentMs } of call.endings) {
    const own = full.filter(({ content }) => content.startsWith(`${utterance}-`));
    check(own.length <= 1 && (own.length === 1 || sentMs === 0), 'an utterance is not told once');
    const words = own.flatMap(({ content }) => content.split(' '));
    check(
      words.every((word, n) => word === `${utterance}-${n}`),
      'an utterance is not told from its first word on',
    );
    check(words.length >= call.wordsInHistory(utterance), 'less is told than was heard');
  }
}

function play(call: WiredConversation, acts: readonly Act[]): void {
  clock = call;
  for (const [what, a = 0, b = 0] of acts) {
    ACTS[what](call, a, b);
    checkWire(call);
    checkSpeaking(call);
    checkOut(call);
    checkEndings(call);
  }
  // What is on its way arrives, however long the network stands still.
  call.elapse(14_000);
  checkSpeaking(call);
  checkHeard(call);
  checkFull(call);
  call.closed = true;
  call.playback.close();
  checkOut(call);
  checkEndings(call);
  check(call.endings.length === call.said.length && !call.wire.ticking, 'something outlives the call');
}

describe('what was heard, against a model of Twilio behind a network', () => {
  it('is never more than was played, in any order of audio, marks, keys, speech, clears, late audio and hanging up', () => {
    const options = fc.record({ delayMs: delay, sendsSilence: fc.boolean() });
    fc.assert(
      fc.property(options, fc.array(act, { minLength: 1, maxLength: 30 }), (wire, acts) => {
        play(new WiredConversation(wire), acts);
      }),
      { numRuns: runs(4000) },
    );
  }, 180_000);

  it('is at most by what was on its way more when the network stands still for seconds', () => {
    const acts = fc.array(fc.oneof({ weight: 12, arbitrary: act }, { weight: 1, arbitrary: stall }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(delay, acts, (delayMs, all) => {
        play(new WiredConversation({ delayMs, sendsSilence: true }), all);
      }),
      { numRuns: runs(3000) },
    );
  }, 180_000);

  it.each([80, 90])('is not taken from a mark that comes first behind a stall (after %i ms)', (beforeMs) => {
    play(new WiredConversation({ delayMs: 0, sendsSilence: true }), [
      ['open'],
      ['push', 0, 1],
      ['end', 0],
      ['elapse', beforeMs],
      ['stall', 600],
      ['open'],
      ['push', 1, 5],
      ['end', 1],
      ['elapse', 580],
      ['interrupt'],
    ]);
  });

  it('is not asked for to the frame before the stream has begun to tell the time', () => {
    play(new WiredConversation({ delayMs: 80, sendsSilence: true }), [
      ['open'],
      ['push', 0, 1],
      ['elapse', 40],
      ['open'],
      ['end', 0],
      ['push', 3, 2],
      ['elapse', 130],
      ['press'],
    ]);
  });

  it('is everything, without a gap, when nobody interrupts', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, delay, (all, delayMs) => {
        const call = new WiredConversation({ delayMs, sendsSilence: true });
        clock = call;
        for (const [i, size] of all.entries()) {
          call.open();
          call.push(i, size);
          call.end(i);
        }
        const total = all.reduce((sum, size) => sum + size * 100, 0);
        call.elapse(delayMs + total);
        const heard = call.wire.heardMs.reduce((sum, ms) => sum + ms, 0);
        check(heard === total, `${heard} of ${total} ms were heard without a gap`);
        call.elapse(2 * delayMs + 100);
        check(
          call.endings.every(({ played }) => played.completed),
          'something was not heard to its end',
        );
        check(!call.wire.ticking && call.playback.isIdle, 'it still waits');
      }),
      { numRuns: runs(500) },
    );
  });
});
