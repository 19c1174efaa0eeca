import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serviceWords } from '../../../src/agents/realtime/service-words.js';
import { type ClaimContext, judgeClaims } from '../../../src/agents/realtime/spoken-claims.js';
import { DEFAULT_SERVICES } from '../../../src/shop/service.js';
import { spokenTime } from '../../../src/speech/spoken-time.js';
import { runs } from '../../support/property-runs.js';
import { clockForms, dayForms, isoOf, NOW, type RowTime, rowTimes, ZONE } from '../../support/spoken-rows.js';

const MONDAY: RowTime = { ahead: 4, hour: 9, minute: 30 };
const services = serviceWords(DEFAULT_SERVICES);
const context = { zone: ZONE, now: NOW, known: [], written: [], isCallbackNoted: false, services };
type Kind = ClaimContext['written'][number]['kind'];
const wrote = (time: RowTime, service_type = 'oil_change', kind: Kind = 'booked'): ClaimContext => ({
  ...context,
  written: [{ kind, appointment: { id: 1, service_type, date: isoOf(time) } }],
});

describe('what the model says, when nothing was written,', () => {
  test.each([
    'Your oil change is booked for Monday at nine thirty.',
    "You're all set for Monday at 9:30.",
    "Great, I've booked you in for Monday.",
    'I have you down for nine thirty on Monday.',
    'Okay. Your appointment has been scheduled.',
    "I've gone ahead and booked that for you. Is there anything else?",
    "I've booked that for you, is there anything else I can help with?",
    'Your appointment has been cancelled.',
    'I have moved your appointment to Tuesday.',
    'All set! We will see you then.',
    'Perfect, booked for tomorrow at noon.',
    "I've made an appointment for you.",
    "It's booked.",
    'You’re booked in.',
  ])('is unfounded: %s', (words) => expect(judgeClaims(words, context)).toBe('unfounded'));

  test.each([
    'Shall I book it?',
    'Shall I book you in for Monday at nine thirty?',
    'Would you like it booked for Monday?',
    'Is it booked already?',
    'Have I booked the right day?',
    'Once it is booked, you will get a confirmation.',
    'If you are set, I can book it.',
    'I can have it booked in a moment.',
    'It is not booked yet.',
    "I haven't booked anything yet.",
    'Your appointment would be on Monday at nine thirty.',
    'Monday is fully booked, I am afraid.',
    'That time is already booked.',
    'We are booked up on Monday.',
    'All morning slots are booked.',
    'Nine thirty is taken. How about ten?',
    'Let me get that booked for you.',
    "I'll get you booked in for Monday.",
    'Before I change your appointment, is Monday right?',
    'I have two times for you: nine and nine thirty.',
    'I have the whole afternoon open on Monday.',
    'Your appointment could not be moved.',
    'Nothing has been cancelled.',
    'You want an oil change on Monday at nine. Is that right?',
    'When your car is set, we call you.',
    'What time is your appointment scheduled for?',
    '',
    '…',
  ])('is nothing: %s', (words) => expect(judgeClaims(words, context)).toBe('nothing'));

  test('is nothing when it speaks of an appointment that is on file, and unfounded when it makes one up', () => {
    const known = [{ service_type: 'brakes', date: isoOf(MONDAY) }];
    const judge = (words: string) => judgeClaims(words, { ...context, known });
    expect(judge('Your brake service is scheduled for Monday at nine thirty.')).toBe('nothing');
    expect(judge('You are all set.')).toBe('nothing');
    expect(judge('Your oil change is booked for Tuesday at ten.')).toBe('unfounded');
  });
});

describe('what the model says, when an appointment was written,', () => {
  const judge = (words: string) => judgeClaims(words, wrote(MONDAY));

  test.each([
    'Your oil change is booked. We will see you on Monday the thirtieth, at nine thirty in the morning.',
    "You're all set for your oil change on Monday, November 30th at 9:30 AM.",
    'Great, you are booked for Monday at half past nine. Goodbye!',
    'Booked! Monday at nine thirty in the morning.',
    "I've booked you in for your 2019 Toyota Camry on Monday at 9.30 a.m. It takes about thirty minutes.",
    'I have you down for Monday, 11/30, at 9:30.',
    'Your appointment is confirmed for 2026-11-30 at 09:30.',
  ])('is right: %s', (words) => expect(judge(words)).toBe('right'));

  test.each([
    'Your oil change is booked for Tuesday at nine thirty.',
    'Your oil change is booked for Monday at nine.',
    'Your oil change is booked for Monday at nine thirty in the evening.',
    'Your oil change is booked for Monday the thirty-first at nine thirty.',
    'Your oil change is booked for tomorrow at nine thirty.',
    'Your inspection is booked for Monday at nine thirty.',
    'Your oil change is booked for December 30th at nine thirty.',
    'Your oil change is booked for Monday at 0930 hours.',
    'You are booked for Monday next week at 19:30.',
    'Your oil change on Monday at nine thirty has been cancelled.',
    'You are booked for Monday at twenty-nine to ten.',
  ])('is wrong: %s', (words) => expect(judge(words)).toBe('wrong'));

  test.each([
    'It is booked.',
    'You are booked for Monday.',
    'Your oil change is booked for nine thirty.',
    'One moment, please.',
    'Shall I book Monday at nine thirty?',
    'Monday at nine thirty it is.',
  ])('is not enough: %s', (words) => expect(judge(words)).toBe('nothing'));

  test('a weekday alone is not enough for an appointment that is further away', () => {
    const far = wrote({ ...MONDAY, ahead: 11 });
    expect(judgeClaims('You are booked for Monday at nine thirty.', far)).toBe('nothing');
    expect(judgeClaims('You are booked for next Monday at nine thirty.', far)).toBe('right');
    expect(judgeClaims('You are booked for Monday, December seventh, at nine thirty.', far)).toBe('right');
  });

  test('is held against what was done', () => {
    const moved = wrote(MONDAY, 'oil_change', 'moved');
    expect(judgeClaims('Your appointment has been moved to Monday at nine thirty.', moved)).toBe('right');
    expect(judgeClaims('You are now booked for Monday at nine thirty.', moved)).toBe('right');
    expect(judgeClaims('Your appointment has been cancelled.', moved)).toBe('wrong');
    const cancelled = wrote(MONDAY, 'oil_change', 'cancelled');
    expect(judgeClaims('Your appointment has been cancelled.', cancelled)).toBe('right');
    expect(judgeClaims('Your oil change on Tuesday is cancelled.', cancelled)).toBe('wrong');
    expect(judgeClaims('You are booked for Monday at nine thirty.', cancelled)).toBe('wrong');
  });

  test('is held against a cancellation, which "all set" may mean as well', () => {
    const cancelled = wrote(MONDAY, 'oil_change', 'cancelled');
    const judge = (words: string) => judgeClaims(words, cancelled);
    expect(judge('You are all set. Your appointment has been cancelled.')).toBe('right');
    expect(judge("You're all set, your oil change on Monday at nine thirty has been cancelled.")).toBe(
      'right',
    );
    expect(judge('All set! Your oil change has been cancelled. Is there anything else?')).toBe('right');
    expect(judge("You're all set now. We are open until five.")).toBe('nothing');
    expect(judge("You're all set for Monday at nine thirty.")).toBe('wrong');
    expect(judge('Your oil change is all set.')).toBe('wrong');
    expect(judge("You're all set. See you on Monday at nine thirty.")).toBe('wrong');
    expect(judge('You are all set. Your appointment has been moved.')).toBe('wrong');
  });

  test('may be about an earlier one', () => {
    const earlier = { ...MONDAY, ahead: 5, hour: 14, minute: 0 };
    const both = { ...wrote(MONDAY), known: [{ service_type: 'tires', date: isoOf(earlier) }] };
    expect(judgeClaims('Your tires are booked for Tuesday at two in the afternoon.', both)).toBe('nothing');
    expect(judgeClaims('Your tires are booked for Wednesday at two in the afternoon.', both)).toBe('wrong');
  });
});

describe('what the model says, when the shop was asked to call back,', () => {
  const judge = (words: string) => judgeClaims(words, { ...context, isCallbackNoted: true });

  test.each([
    "All set, I've passed that on.",
    "You're all set. Somebody will call you back tomorrow morning.",
    "You're good to go, is there anything else?",
  ])('is nothing: %s', (words) => expect(judge(words)).toBe('nothing'));

  test.each([
    "You're all set for Monday at nine.",
    'Your oil change is all set.',
    "You're all set. We will see you on Monday.",
    "You're all set, your appointment is booked.",
  ])('is unfounded: %s', (words) => expect(judge(words)).toBe('unfounded'));
});

describe('in a shop with services of its own, what the model says', () => {
  const own = [
    { type: 'wheel_alignment', name: 'wheel alignment', choice: 'a wheel alignment' },
    { type: 'battery', name: 'battery replacement', choice: 'a new battery' },
    { type: 'tires', name: 'tire service', choice: 'tires' },
    { type: 'rotation', name: 'tire rotation', choice: 'a tire rotation' },
  ];
  const shop = { services: serviceWords(own) };
  const judge = (words: string, type: string) => judgeClaims(words, { ...wrote(MONDAY, type), ...shop });

  test.each(own)('is held against the row of a $name', ({ type, name }) => {
    expect(judge(`Your ${name} is booked for Monday at nine thirty.`, type)).toBe('right');
    for (const other of own.filter((each) => each.type !== type && each.type !== 'tires'))
      expect(judge(`Your ${other.name} is booked for Monday at nine thirty.`, type)).toBe('wrong');
  });

  test('is understood in other forms of the words, and by the name of a service that is gone', () => {
    expect(judge('You are booked to get your tyres rotated on Monday at nine thirty.', 'rotation')).toBe(
      'right',
    );
    expect(judge('You are booked for new batteries on Monday at nine thirty.', 'rotation')).toBe('wrong');
    const gone = 'You are booked for the exhaust repair on Monday at nine thirty.';
    expect(judge(gone, 'exhaust_repair')).toBe('right');
    expect(judge('Your alignment is booked for Monday at nine thirty.', 'exhaust_repair')).toBe('wrong');
  });

  test('is unfounded when nothing was written', () => {
    const nothing = { ...context, ...shop };
    expect(judgeClaims('Your wheel alignment is now scheduled.', nothing)).toBe('unfounded');
    expect(judgeClaims('Your battery has been booked for Monday.', nothing)).toBe('unfounded');
    expect(judgeClaims('A wheel alignment takes an hour. The morning is booked.', nothing)).toBe('nothing');
  });
});

const TEMPLATES: readonly ((noun: string, day: string, clock: string) => string)[] = [
  (noun, day, clock) => `Your ${noun} is booked ${day} ${clock}.`,
  (noun, day, clock) => `Great, I have booked your ${noun} ${day} ${clock}. Is there anything else?`,
  (_, day, clock) => `You're all set ${day} ${clock}, thank you for calling.`,
  (noun, day, clock) => `Okay, your ${noun} is booked. We will see you ${day}, ${clock}.`,
  (noun, day, clock) => `All right. I've got you down for your ${noun} ${day} ${clock}.`,
  (_, day, clock) => `Your appointment has been scheduled ${clock} ${day}.`,
];

/** A row, and the words that a model may say of it. */
const sayings = fc.record({
  time: rowTimes,
  service: fc.constantFrom(...DEFAULT_SERVICES),
  template: fc.constantFrom(...TEMPLATES),
  day: fc.nat(),
  clock: fc.nat(),
});
const pick = (forms: readonly string[], at: number) => forms[at % forms.length] ?? '';
const OTHER = (time: RowTime): readonly RowTime[] => [
  { ...time, ahead: time.ahead + 1 },
  { ...time, ahead: time.ahead + 2 },
  { ...time, hour: time.hour === 18 ? 7 : time.hour + 1 },
  { ...time, minute: time.minute === 30 ? 0 : 30 },
];

describe('words about a row', () => {
  test('are right in every form in which people say it', () => {
    const property = fc.property(sayings, ({ time, service, template, day, clock }) => {
      const words = template(service.name, pick(dayForms(time), day), pick(clockForms(time), clock));
      expect({ words, verdict: judgeClaims(words, wrote(time, service.type)) }).toEqual({
        words,
        verdict: 'right',
      });
    });
    fc.assert(property, { numRuns: runs(3_000) });
  });

  test('are wrong when one part is another', () => {
    const property = fc.property(sayings, fc.nat(3), ({ time, service, template, day, clock }, which) => {
      const said = OTHER(time)[which] ?? time;
      const words = template(service.name, pick(dayForms(said), day), pick(clockForms(said), clock));
      expect({ words, verdict: judgeClaims(words, wrote(time, service.type)) }).toEqual({
        words,
        verdict: 'wrong',
      });
    });
    fc.assert(property, { numRuns: runs(3_000) });
  });

  test('are wrong when they name another service', () => {
    const property = fc.property(
      sayings,
      fc.constantFrom(...DEFAULT_SERVICES),
      ({ time, service, day, clock }, other) => {
        if (other.type === service.type || other.type === 'other') return;
        const [template] = TEMPLATES;
        const words = template?.(other.name, pick(dayForms(time), day), pick(clockForms(time), clock)) ?? '';
        expect({ words, verdict: judgeClaims(words, wrote(time, service.type)) }).toEqual({
          words,
          verdict: 'wrong',
        });
      },
    );
    fc.assert(property, { numRuns: runs(1_000) });
  });

  test('as we say them ourselves are right', () => {
    const property = fc.property(
      rowTimes,
      fc.constantFrom(...DEFAULT_SERVICES),
      (time, { type, name: noun }) => {
        const words = `Your ${noun} is booked. We will see you ${spokenTime(isoOf(time), context)}.`;
        expect({ words, verdict: judgeClaims(words, wrote(time, type)) }).toEqual({
          words,
          verdict: 'right',
        });
      },
    );
    fc.assert(property, { numRuns: runs(1_000) });
  });

  test('never make it throw, and are never right without a row', () => {
    const parts = [
      'booked',
      'you are',
      'Monday',
      'at',
      'nine',
      'to',
      '9:99',
      'the',
      '31st',
      'May',
      'half past',
      'one',
      '.',
      '?',
      'not',
    ];
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((all) => all.join(' ')),
    );
    const property = fc.property(words, (said) => {
      expect(['nothing', 'unfounded']).toContain(judgeClaims(said, context));
      expect(['nothing', 'right', 'wrong']).toContain(judgeClaims(said, wrote(MONDAY)));
    });
    fc.assert(property, { numRuns: runs(3_000) });
  });
});
