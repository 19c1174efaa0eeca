import { describe, expect, it } from 'vitest';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import { describeStreamLedger } from '../contracts/stream-ledger.js';
import { callSidOf } from '../support/stream-messages.js';

describeStreamLedger('The in-process ledger', async () => {
  const ledger = new MemoryStreamLedger();
  return { ledgers: [ledger, ledger], cleanUp: async () => {} };
});

describe('The in-process ledger', () => {
  it('answers a claim at once', () => {
    const ledger = new MemoryStreamLedger();
    expect([ledger.claim({ callSid: 'CA1', hop: 0 }), ledger.claim({ callSid: 'CA1', hop: 0 })]).toEqual([
      true,
      false,
    ]);
  });

  it('forgets everything after two minutes', async () => {
    const clock = { now: 0 };
    const ledger = new MemoryStreamLedger(() => clock.now);
    for (let call = 0; call < 100; call += 1) {
      await ledger.propose({ callSid: callSidOf(call), hop: 0 }, 'old');
      ledger.claim({ callSid: callSidOf(call), hop: 0 });
    }
    clock.now = 119_999;
    expect(await ledger.propose({ callSid: callSidOf(1), hop: 0 }, 'new')).toBe('old');
    clock.now = 120_000;
    expect(await ledger.propose({ callSid: callSidOf(1), hop: 0 }, 'new')).toBe('new');
    expect(ledger.claim({ callSid: callSidOf(1), hop: 0 })).toBe(true);
    expect(ledger.size).toBe(1);
  });
});
