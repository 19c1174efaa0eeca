import { expect, test } from 'vitest';
import { spokenLines } from '../../src/web/calls/spoken-lines.js';
import type { FinishedCall, Turn } from '../../src/web/shell/answers.js';

const turn = (second: number, role: string, content: string): Turn => ({
  role,
  content,
  timestamp: `2026-11-30T09:00:0${second}.000Z`,
});

function lines(transcript: readonly Turn[], full_transcript: readonly Turn[] | null) {
  const call = { transcript, full_transcript } as FinishedCall;
  return spokenLines(call).map(({ role, heard, unheard }) => [role, heard, unheard]);
}

test('a transcript shows what was heard, what was cut, and what was never heard', () => {
  const full = [
    turn(0, 'assistant', 'Welcome. Press one to book.'),
    turn(1, 'user', 'pressed 1'),
    turn(2, 'assistant', 'Which service? Press one for an oil change.'),
    turn(3, 'assistant', 'Goodbye.'),
  ];
  const heard = [full[0], full[1], turn(2, 'assistant', 'Which service?')].filter(
    (each) => each !== undefined,
  );
  expect(lines(heard, full)).toEqual([
    ['assistant', 'Welcome. Press one to book.', ''],
    ['user', 'pressed 1', ''],
    ['assistant', 'Which service?', 'Press one for an oil change.'],
    ['assistant', '', 'Goodbye.'],
  ]);
});

test('without what was planned to be said, a transcript is what was heard', () => {
  expect(lines([turn(0, 'assistant', 'Welcome.')], null)).toEqual([['assistant', 'Welcome.', '']]);
});
