import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallerTurns } from '../../../src/agents/realtime/caller-turns.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('what the caller said', () => {
  it('stands where it was said though its words come later and the clock is set back before', () => {
    const { session } = new ScriptedCallControl();
    const turns = new CallerTurns(session);
    const answer = (content: string) =>
      session.addTurn({ role: 'assistant', content, timestamp: session.timeAt() });
    answer('hello');
    vi.advanceTimersByTime(3000);
    turns.began(500, 'one');
    vi.advanceTimersByTime(1000);
    vi.setSystemTime(Date.now() - 3_600_000);
    answer('one moment');
    turns.words('one', 'I need brakes');
    vi.advanceTimersByTime(1000);
    turns.began(500, 'two');
    turns.committed('two');
    turns.words('two', 'tomorrow');
    const { conversation_history } = session.data;
    expect(conversation_history.map(({ content }) => content)).toEqual([
      'hello',
      'I need brakes',
      'one moment',
      'tomorrow',
    ]);
  });
});
