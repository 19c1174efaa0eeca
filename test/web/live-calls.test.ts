import { describe, expect, test } from 'vitest';
import type { LiveCall } from '../../src/web/shell/answers.js';
import { LiveCalls, sayingNow } from '../../src/web/shell/live-calls.js';

type Turn = LiveCall['conversation_history'][number];

function call(sid: string, change: Partial<LiveCall> = {}): LiveCall {
  return {
    call_sid: sid,
    caller_phone: '+15125550142',
    customer_id: null,
    conversation_history: [],
    current_state: 'greeting',
    states: [],
    collected_data: {},
    intent: null,
    speaking: false,
    created_at: '2026-11-30T09:00:00.000Z',
    ...change,
  };
}

function line(now = () => 0) {
  const calls = new LiveCalls(now);
  const shown = () =>
    calls.places.value.map(({ callSid, endedAt }) => (endedAt.value === null ? callSid : `(${callSid})`));
  return { calls, shown };
}

describe('the places of calls on the line', () => {
  test('a change of a call reaches its own place and leaves the list alone', () => {
    const { calls } = line();
    calls.put(call('A'));
    const before = calls.places.value;
    calls.put(call('A', { speaking: true }));
    expect(calls.places.value).toBe(before);
    expect(before[0]?.call.value.speaking).toBe(true);
  });

  test('a call that ends keeps its place until the next call takes it, and no other moves', () => {
    const { calls, shown } = line();
    for (const sid of ['A', 'B', 'C']) calls.put(call(sid));
    calls.end('B');
    expect([shown(), calls.count.value]).toEqual([['A', '(B)', 'C'], 2]);
    calls.put(call('D'));
    expect([shown(), calls.count.value]).toEqual([['A', 'D', 'C'], 3]);
  });

  test('places at the end are given up some time after their calls ended, those before a live call are not', () => {
    let now = 0;
    const { calls, shown } = line(() => now);
    for (const sid of ['A', 'B', 'C']) calls.put(call(sid));
    calls.end('A');
    calls.end('C');
    now = 20_000;
    calls.forgetEnded(20_001);
    expect(shown()).toEqual(['(A)', 'B', '(C)']);
    calls.forgetEnded(20_000);
    expect(shown()).toEqual(['(A)', 'B']);
  });

  test('a list of all calls ends those that are not in it, and one that comes back lives in its own place again', () => {
    const { calls, shown } = line();
    for (const sid of ['A', 'B']) calls.put(call(sid));
    calls.replaceAll([call('B'), call('C')]);
    expect(shown()).toEqual(['C', 'B']);
    calls.end('B');
    calls.put(call('B'));
    expect(shown()).toEqual(['C', 'B']);
  });
});

describe('what an agent is saying', () => {
  const turn = (role: Turn['role'], content: string): Turn => ({
    role,
    content,
    timestamp: '2026-11-30T09:00:00.000Z',
  });

  test('shows until a turn has it, and what the caller does meanwhile takes nothing of it away', () => {
    const { calls } = line();
    const say = (text: string, turns: number) => calls.say([{ call_sid: 'A', text, turns }]);
    calls.put(call('A', { speaking: true }));
    const [place] = calls.places.value;
    if (!place) throw new Error('The call has no place.');
    expect(sayingNow(place)).toBe('');
    say('Good', 0);
    say('Good morning', 0);
    expect(sayingNow(place)).toBe('Good morning');
    const asked = turn('user', 'Are you open?');
    calls.put(call('A', { speaking: true, conversation_history: [asked] }));
    expect(sayingNow(place)).toBe('Good morning');
    const heard = [turn('assistant', 'Good morning.'), asked];
    calls.put(call('A', { speaking: true, conversation_history: heard }));
    expect(sayingNow(place)).toBe('');
    say('From nine', 1);
    expect(sayingNow(place)).toBe('From nine');
    calls.put(call('A', { speaking: false, conversation_history: heard }));
    expect(sayingNow(place)).toBe('');
  });

  test('is of calls that have a place, and over with its call', () => {
    const { calls } = line();
    calls.put(call('A', { speaking: true }));
    calls.say([
      { call_sid: 'B', text: 'Nobody', turns: 0 },
      { call_sid: 'A', text: 'Good', turns: 0 },
    ]);
    const [place] = calls.places.value;
    calls.end('A');
    expect([calls.places.value.length, place && sayingNow(place)]).toEqual([1, '']);
  });
});
