import { beforeEach, describe, expect, it } from 'vitest';
import type { SaveResult } from '../../src/sessions/fenced-session-writer.js';
import { type Exchange, NOTHING, SessionVersions } from '../../src/sessions/session-versions.js';
import { newSession } from '../support/sample-session.js';

/** What becomes of a write: `lost` never arrives, `unanswered` is applied and nobody is told. */
type Fate = 'answered' | 'lost' | 'unanswered';

let stored: string;
let versions: SessionVersions;
const session = newSession();

beforeEach(() => {
  stored = NOTHING;
  versions = new SessionVersions();
});

function save(interruptions: number, fate: Fate = 'answered'): Promise<SaveResult | 'unknown'> {
  const exchange: Exchange = async (expected, next) => {
    if (fate === 'lost') throw new Error('lost');
    const found = stored;
    if (found === expected) stored = next;
    if (fate === 'unanswered') throw new Error('unanswered');
    return found === expected ? true : found;
  };
  const changed = { ...session, interruptions };
  const printed = versions.print(changed, '2026-11-24T15:30:00.000Z');
  return versions.save(changed, printed, exchange, () => true).catch(() => 'unknown' as const);
}

describe('What a live session was stored over', () => {
  it('is what was expected, as a rule', async () => {
    expect(await save(0)).toMatchObject({ over: 'stored' });
    expect(await save(1)).toMatchObject({ over: 'stored' });
  });

  it('is an own ghost, when a write that nobody answered had been applied', async () => {
    await save(0);
    expect(await save(1, 'unanswered')).toBe('unknown');
    expect(await save(2)).toMatchObject({ over: 'lost_ack' });
    expect(await save(3)).toMatchObject({ over: 'stored' });
  });

  it('is an own ghost, however many writes after it were lost', async () => {
    await save(0);
    await save(1, 'unanswered');
    for (let n = 2; n < 10; n++) await save(n, 'lost');
    expect(await save(10)).toMatchObject({ over: 'lost_ack', adopted: {} });
  });

  it('is what was known before, when the unanswered write had not arrived', async () => {
    await save(0);
    await save(1, 'lost');
    expect(await save(2)).toMatchObject({ over: 'stored', adopted: {} });
  });

  it('is nothing, when the store has lost it; which one that never had it cannot', async () => {
    await save(0, 'lost');
    expect(await save(1)).toMatchObject({ over: 'stored' });
    stored = NOTHING;
    expect(await save(2)).toMatchObject({ over: 'restored' });
  });
});
