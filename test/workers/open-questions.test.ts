import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OpenQuestions } from '../../src/workers/open-questions.js';

describe('a question to several workers', () => {
  let questions: OpenQuestions;
  const asked: [worker: number, id: number][] = [];
  const workers = [1, 2, 3].map((id) => ({ id, ask: (question: number) => void asked.push([id, question]) }));
  beforeEach(() => {
    vi.useFakeTimers();
    questions = new OpenQuestions();
    asked.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it('is answered when all have answered, whatever else they say', async () => {
    const answers = questions.ask(workers);
    expect(asked.map(([worker]) => worker)).toEqual([1, 2, 3]);
    const id = asked[0]?.[1] ?? 0;
    questions.answered(2, id, 'two');
    questions.answered(2, id, 'again');
    questions.answered(1, id + 1, 'to another question');
    questions.answered(1, id, 'one');
    questions.answered(3, id, 'three');
    const { values, silent } = await answers;
    expect(Object.fromEntries(values)).toEqual({ 1: 'one', 2: 'two', 3: 'three' });
    expect(silent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves out who does not answer in time, and waits for none that is gone', async () => {
    const answers = questions.ask(workers);
    const id = asked[0]?.[1] ?? 0;
    questions.gone(3);
    questions.answered(1, id, 'one');
    await vi.advanceTimersByTimeAsync(500);
    expect(await answers).toEqual({ values: new Map([[1, 'one']]), silent: [2] });
    questions.answered(2, id, 'too late');
  });

  it('waits no longer when one has said enough; nobody was late then', async () => {
    const answers = questions.ask(workers, Boolean);
    const id = asked[0]?.[1] ?? 0;
    questions.answered(1, id, null);
    questions.answered(2, id, '<Response/>');
    expect(await answers).toEqual({
      values: new Map([
        [1, null],
        [2, '<Response/>'],
      ]),
      silent: [],
    });
  });

  it('is answered at once where there is nobody to ask', async () => {
    expect(await questions.ask([])).toEqual({ values: new Map(), silent: [] });
  });
});
