import { expect, test } from 'vitest';
import { changesOf } from '../../../src/web/shell/changes.js';

test('a form sends what differs from what it was opened with, and nothing else', () => {
  const opened = { id: 7, name: 'Ada', email: null, notes: 'Two\r\nlines ', year: 2019, bays: [1, 2] };
  const typed = { name: 'Ada', email: null, notes: 'Two\nlines', year: 2019, bays: [1, 2] };
  expect(changesOf<typeof typed>(opened, typed)).toEqual({});
  const changed = { ...typed, notes: 'null', bays: [2, 1] };
  expect(changesOf<typeof typed>({ ...opened, notes: null }, changed)).toEqual({
    notes: 'null',
    bays: [2, 1],
  });
  expect(changesOf({ email: 'ada@example.com' }, { email: null })).toEqual({ email: null });
});
