import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { importCounts, linesOf, refusedRows } from '../../../src/web/customers/import-report.js';
import { LatestAnswer } from '../../../src/web/customers/latest-answer.js';

describe('a search as somebody types', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function search() {
    const asked: { question: string; answer: (text: string) => void; fail: (error: Error) => void }[] = [];
    const told: string[] = [];
    const ask = (question: string) =>
      new Promise<string>((answer, fail) => asked.push({ question, answer, fail }));
    const latest = new LatestAnswer(ask, (answer) => told.push(answer));
    return { asked, told, latest };
  }

  test('is asked once for letters that follow each other quickly', async () => {
    const { asked, latest } = search();
    for (const text of ['k', 'ki', 'kin']) {
      latest.ask(text);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(60);
    expect(asked.map(({ question }) => question)).toEqual(['kin']);
  });

  test('shows the answer to what was typed last, though that to an earlier question comes later, or fails', async () => {
    const { asked, told, latest } = search();
    void latest.askNow('k');
    void latest.askNow('ki');
    void latest.askNow('kin');
    asked[2]?.answer('King');
    asked[0]?.answer('Kant');
    asked[1]?.fail(new Error('gone'));
    await vi.advanceTimersByTimeAsync(0);
    expect([told, latest.fault.value]).toEqual([['King'], null]);
    void latest.askNow('x');
    asked[3]?.fail(new Error('down'));
    await vi.advanceTimersByTimeAsync(0);
    expect(latest.fault.value).toBe('down');
    latest.ask('y');
    latest.stop();
    await vi.advanceTimersByTimeAsync(500);
    expect(asked).toHaveLength(4);
  });
});

describe('a file of customers', () => {
  test('has its refused rows told with the line as it stands in the file, each once', () => {
    const lines = linesOf(new TextEncoder().encode('Name,Phone\r\nAda,1\nBob,2'));
    const faults = [
      { line: 3, field: 'phone_number', reason: 'is no number' },
      { line: 2, field: 'phone_number', reason: 'is no number' },
      { line: 3, field: 'year', reason: 'is too early' },
    ];
    expect(refusedRows(faults, lines)).toEqual([
      { line: 2, text: 'Ada,1', faults: ['phone number is no number'] },
      { line: 3, text: 'Bob,2', faults: ['phone number is no number', 'year is too early'] },
    ]);
    expect(refusedRows([{ line: 9, field: 'vin', reason: 'is short' }], lines)[0]?.text).toBe('');
  });

  test('is read as spreadsheets write it', () => {
    expect(linesOf(Uint8Array.of(0xff, 0xfe, 0x41, 0, 0x0a, 0, 0xe9, 0))).toEqual(['A', 'é']);
    expect(linesOf(Uint8Array.of(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72))).toEqual(['Müller']);
  });

  test('is summed up in words', () => {
    const counts = { customers_created: 1, customers_joined: 1200, vehicles_added: 0 };
    expect(importCounts(counts)).toBe('1 new customer, 1,200 customers already here, 0 vehicles');
  });
});
