import { expect, test } from 'vitest';
import { WireLog, withChanges } from '../../../src/web/phone/wire-log.js';

test('the wire log folds audio that goes both ways, and a message ends both runs', () => {
  const log = new WireLog();
  log.message(0, 'out', 'start');
  for (let i = 0; i < 3; i++) {
    log.audio(20 * i, 'out', 160);
    log.audio(20 * i, 'in', 800);
  }
  log.message(60, 'out', 'dtmf 1');
  log.audio(60, 'out', 160);
  expect(log.lines.map(({ way, what, messages, bytes }) => `${way} ${what} ${messages} ${bytes}`)).toEqual([
    'out start 1 0',
    'out media 3 480',
    'in media 3 2400',
    'out dtmf 1 1 0',
    'out media 1 160',
  ]);
});

test('a page that is told the changes has the log', () => {
  const log = new WireLog();
  let seen: ReturnType<typeof withChanges> = [];
  for (let i = 0; i < 1000; i++) {
    if (i % 5 === 0) log.message(i, 'in', 'clear');
    log.audio(i, i % 2 ? 'in' : 'out', 160);
    if (i % 7 === 0) seen = withChanges(seen, log.takeChanges());
  }
  seen = withChanges(seen, log.takeChanges());
  expect(seen).toEqual(log.lines);
});
