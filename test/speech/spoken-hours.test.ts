import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOpeningHours } from '../../src/core/opening-hours.js';
import { MAX_CHARACTERS } from '../../src/speech/flite-voice.js';
import { hoursSentences, spokenHours } from '../../src/speech/spoken-hours.js';

test.each([
  ['Mon-Fri 08:00-17:00', 'Monday to Friday, eight a.m. to five p.m.'],
  [
    'Mon-Fri 07:30-18:05, Sat 09:00-12:00',
    'Monday to Friday, seven thirty a.m. to six oh five p.m., and Saturday, nine a.m. to noon',
  ],
  ['Sun 00:00-23:59', 'Sunday, midnight to eleven fifty-nine p.m.'],
  ['Sun 12:13-24:00', 'Sunday, twelve thirteen p.m. to midnight'],
  ['24/7', 'around the clock, every day'],
  ['daily 8-6', 'every day, eight a.m. to six p.m.'],
  ['22:00-06:00', 'every day, ten p.m. until six in the morning'],
  ['Mon-Fri 24 hours', 'Monday to Friday, around the clock'],
  ['Fri 18:00-02:00', 'Friday, six p.m. until two in the morning'],
  ['Fri 18:00-24:00, Sat 00:00-02:30', 'Friday, six p.m. until two thirty in the morning'],
  ['Fri 18:00-12:00', 'Friday, six p.m. until noon the next day'],
  ['Fri 18:00-13:00', 'Friday, six p.m. until one p.m. the next day'],
  ['Fri 18:00-24:00, Sat 24h', 'Friday, six p.m. to midnight, and Saturday, around the clock'],
  ['Sat 24h, Sun 0-6', 'Saturday, around the clock, and Sunday, midnight to six a.m.'],
  ['Mon, Wed, Fri 8-5', 'Monday, Wednesday and Friday, eight a.m. to five p.m.'],
  ['Sat-Sun 9-12', 'Saturday and Sunday, nine a.m. to noon'],
  ['Sat-Mon 9-12', 'Saturday to Monday, nine a.m. to noon'],
  [
    'Sat-Mon 9-12, Tue-Fri 8-5',
    'Tuesday to Friday, eight a.m. to five p.m., and Saturday to Monday, nine a.m. to noon',
  ],
  ['Tue 8-12, 13-17', 'Tuesday, eight a.m. to noon and one p.m. to five p.m.'],
  ['Fri 6-12 18:00-02:00', 'Friday, six a.m. to noon and six p.m. until two in the morning'],
  ['daily 8-5, Sun closed', 'Monday to Saturday, eight a.m. to five p.m.'],
])('%s', (text, spoken) => {
  expect(spokenHours(parseOpeningHours(text))).toBe(spoken);
});

test('are one sentence while the voice can say it, else one for each part', () => {
  expect(hoursSentences(parseOpeningHours('Mon-Fri 8-5, Sat 9-12'))).toEqual([
    'We are open Monday to Friday, eight a.m. to five p.m., and Saturday, nine a.m. to noon.',
  ]);
  const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'].map(
    (day, n) => `${day} 07:3${n}-11:4${n} 12:3${n}-17:5${n}`,
  );
  const sentences = hoursSentences(parseOpeningHours(days.join(', ')));
  expect(sentences).toHaveLength(5);
  expect(sentences.slice(0, 2)).toEqual([
    'We are open Monday, seven thirty a.m. to eleven forty a.m. and twelve thirty p.m. to five fifty p.m.',
    'Tuesday, seven thirty-one a.m. to eleven forty-one a.m. and twelve thirty-one p.m. to five fifty-one p.m.',
  ]);
});

test('are sentences that the voice can say for as many times a day as fit into the setting, and none is lost', () => {
  const spans = Array.from({ length: 14 }, (_, hour) => `${10 + hour}:17-${10 + hour}:57`);
  for (const days of ['Mon', 'Sat', 'Mon-Sun']) {
    const hours = parseOpeningHours(`${days} ${spans.join(' ')}`);
    const sentences = hoursSentences(hours);
    for (const sentence of sentences) {
      expect(sentence.length).toBeLessThanOrEqual(MAX_CHARACTERS);
      expect(sentence).toMatch(/[a-z]\.$/);
    }
    const counted = (text: string) => text.match(/ to /g)?.length;
    expect(counted(sentences.join(' '))).toBe(counted(spokenHours(hours)));
  }
});

test('are words for any opening hours, and name every day that is open', () => {
  const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const part = fc.tuple(fc.constantFrom(...days), fc.nat({ max: 1439 }), fc.nat({ max: 1440 }));
  const parts = fc.array(
    part.filter(([, opens, closes]) => opens !== closes % 1440),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(parts, (given) => {
      const text = given.map(([day, opens, closes]) => `${day} ${clock(opens)}-${clock(closes)}`).join(', ');
      const spoken = spokenHours(parseOpeningHours(text));
      expect(spoken).toMatch(/^[A-Za-z ,.-]+$/);
      expect(spoken).not.toMatch(/undefined|, ,| {2}|,$/);
    }),
  );
});
