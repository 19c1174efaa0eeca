import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { BrowserRecordings, recordedByAll } from '../../src/recordings/browser-recordings.js';
import { parseCall } from '../../tools/recording/recording.js';
import { logSink } from '../support/log-sink.js';
import { callSidOf, StreamMessages } from '../support/stream-messages.js';

const callOf = (number: number, hop = 0) => ({
  callSid: callSidOf(number),
  from: '+15125550177',
  attestation: null,
  hop,
  via: 'browser' as const,
});

function recordings(): BrowserRecordings {
  return new BrowserRecordings({ logger: logSink().logger });
}

describe('calls from the browser phone are recorded in memory', () => {
  test('whole, with all their streams, once the row of the call is there', async () => {
    const recorded = recordings();
    for (const hop of [0, 1]) {
      const observer = recorded.open(callOf(1, hop));
      const messages = new StreamMessages();
      observer?.received(JSON.stringify(messages.start()));
      observer?.note({ note: 'words', text: 'Hello.', offset: 0, bytes: 800 });
      observer?.end(hop === 0 ? 'lost' : 'stopped');
    }
    recorded.finished({ call_sid: callSidOf(1) });
    const streams = parseCall((await recorded.textOf(callSidOf(1))) ?? '');
    expect(
      streams.map(({ header, lines }) => [header.hop, lines.map((line) => Object.keys(line)[1])]),
    ).toEqual([
      [0, ['in', 'note', 'end']],
      [1, ['in', 'note', 'end', 'row']],
    ]);
    await recorded.close();
  });

  test('and a call from the telephone is not', async () => {
    const recorded = recordings();
    const { via: _, ...fromTelephone } = callOf(1);
    expect(recorded.open(fromTelephone)).toBeUndefined();
    expect(await recorded.textOf(callSidOf(1))).toBeNull();
    expect(recordedByAll([recorded, recorded]).open(fromTelephone)).toBeUndefined();
    await recorded.close();
  });

  test('for the last four: a call that goes on is not forgotten for one that is over', async () => {
    const recorded = recordings();
    recorded.open(callOf(1));
    for (const number of [2, 3, 4, 5]) {
      recorded.open(callOf(number))?.end('stopped');
      recorded.finished({ call_sid: callSidOf(number) });
    }
    const known = [1, 2, 3, 4, 5].filter((number) => recorded.watch(callSidOf(number), () => {}) !== null);
    expect(known).toEqual([1, 3, 4, 5]);
    await recorded.close();
  });
});

test('a call that was erased is forgotten, with what is still to be written of it', async () => {
  const recorded = recordings();
  const observer = recorded.open(callOf(1));
  observer?.note({ note: 'words', text: 'Hello Maria.', offset: 0, bytes: 800 });
  recorded.open(callOf(2));
  expect(recorded.drop([callSidOf(1), callSidOf(3)])).toBe(1);
  observer?.end('stopped');
  recorded.finished({ call_sid: callSidOf(1) });
  await recorded.close();
  expect([await recorded.textOf(callSidOf(1)), recorded.watch(callSidOf(1), () => {})]).toEqual([null, null]);
  expect(recorded.watch(callSidOf(2), () => {})).not.toBeNull();
});

test('a call can be saved for a quarter of an hour after its end', () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const recorded = recordings();
  const isKnown = () => recorded.watch(callSidOf(1), () => {}) !== null;
  recorded.open(callOf(1))?.end('stopped');
  vi.advanceTimersByTime(3_600_000);
  recorded.finished({ call_sid: callSidOf(1) });
  vi.advanceTimersByTime(899_000);
  expect(isKnown()).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(isKnown()).toBe(false);
});

test('whoever watches a call is told what was noted before and what comes, but not what was asked of the shop', async () => {
  const recorded = recordings();
  const observer = recordedByAll([recorded]).open(callOf(1));
  const seen: string[] = [];
  observer?.note({ note: 'session', state: 'greeting', speaking: false });
  const stop = recorded.watch(callSidOf(1), ({ note }) => seen.push(note.note));
  observer?.note({ note: 'asked', what: 'lookUp', with: ['+15125550177'], took_ms: 1 });
  observer?.note({ note: 'interrupted', by: 'key', heard_ms: 20 });
  stop?.();
  observer?.note({ note: 'interrupted', by: 'key', heard_ms: 20 });
  expect(seen).toEqual(['session', 'interrupted']);
  await recorded.close();
});
