import { expect, it } from 'vitest';
import { SequenceRenumbering } from '../../packages/twilio-simulator/src/sequence-renumbering.js';
import { StreamMessages } from '../../packages/twilio-simulator/src/stream-message.js';
import { timestampOf } from '../../tools/replay/caller-script.js';

it('numbers what is sent without a hole, with silence put in and frames left out', () => {
  const identity = { accountSid: 'AC1', callSid: 'CA1', streamSid: 'MZ1' };
  const [messages, expected] = [new StreamMessages(identity), new StreamMessages(identity)];
  const recorded = [
    messages.start({}),
    messages.media(60, 'AA=='),
    messages.media(80, 'AA=='),
    messages.dtmf('1'),
  ];
  messages.media(100, 'AA==');
  const last = messages.media(120, 'AA==');
  const [start = '', first = '', second = '', key = ''] = recorded;
  const numbers = new SequenceRenumbering('MZ1');
  const sent = [
    numbers.message(start),
    numbers.frame(first, 60),
    numbers.silence('AA==', 20),
    numbers.frame(second, 80),
  ];
  numbers.skip(20);
  sent.push(numbers.message(key), numbers.frame(last, 120), numbers.mark('utterance-1'));
  expect(sent).toEqual([
    expected.start({}),
    expected.media(60, 'AA=='),
    expected.media(80, 'AA=='),
    expected.media(100, 'AA=='),
    expected.dtmf('1'),
    expected.media(120, 'AA=='),
    expected.mark('utterance-1'),
  ]);
  expect(numbers.message('no JSON')).toBe('no JSON');
});

it('numbers what was sent with JSON numbers as what was sent with texts', () => {
  const messages = new StreamMessages({ accountSid: 'AC1', callSid: 'CA1', streamSid: 'MZ1' });
  const recorded = [messages.media(60, 'AA=='), messages.dtmf('1'), messages.media(80, 'AA==')];
  const [asTexts, asNumbers] = [new SequenceRenumbering('MZ1'), new SequenceRenumbering('MZ1')];
  for (const text of recorded) {
    const numbers = text.replace(/"(sequenceNumber|chunk|timestamp)":"(\d+)"/g, '"$1":$2');
    expect(numbers).not.toBe(text);
    const time = timestampOf(text);
    expect(timestampOf(numbers)).toBe(time);
    expect(asNumbers.frame(numbers, time)).toBe(asTexts.frame(text, time));
  }
});
