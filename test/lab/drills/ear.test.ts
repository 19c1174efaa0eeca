import { describe, expect, it } from 'vitest';
import { longestWaitMs, silencesOf } from '../../../lab/drills/ear.js';
import { CallRecord } from '../../../packages/twilio-simulator/src/call-record.js';

const SOUND = 0x10;
const QUIET = 0xff;

/** A stream from 1 s to 11 s after the first ring, in which these sounded. */
function recordWith(sounds: readonly { who: 'agent' | 'caller'; atMs: number; ms: number; byte?: number }[]) {
  const record = new CallRecord('CA1', true);
  record.durationMs = 12_000;
  const end = { how: 'stopped', error: null, detail: '' } as const;
  record.events.push({ kind: 'stream-started', streamSid: 'MZ1', at: 1000 });
  record.events.push({ kind: 'stream-ended', streamSid: 'MZ1', end, unplayedMs: 0, at: 11_000 });
  for (const { who, atMs, ms, byte = SOUND } of sounds) {
    const audio = Buffer.alloc(ms * 8, byte);
    if (who === 'agent') record.writeHeard(audio, atMs);
    else record.writeCaller(audio, atMs);
  }
  return record;
}

describe("the silences at a caller's ear", () => {
  it('are those between all that sounds, with who ended each', () => {
    const record = recordWith([
      { who: 'agent', atMs: 1500, ms: 2000 },
      { who: 'caller', atMs: 4000, ms: 1000 },
      { who: 'agent', atMs: 8000, ms: 2000 },
    ]);
    expect(silencesOf(record)).toEqual([
      { atMs: 1000, ms: 500, endedBy: 'agent' },
      { atMs: 3500, ms: 500, endedBy: 'caller' },
      { atMs: 5000, ms: 3000, endedBy: 'agent' },
      { atMs: 10_000, ms: 1000, endedBy: 'nobody' },
    ]);
    expect(longestWaitMs(record, false)).toBe(3000);
  });

  it('are not broken by silence that was sent as audio, nor made by the holes in speech', () => {
    const record = recordWith([
      { who: 'agent', atMs: 1000, ms: 1000 },
      { who: 'agent', atMs: 2000, ms: 6000, byte: QUIET },
      { who: 'agent', atMs: 8000, ms: 1000 },
      { who: 'agent', atMs: 9300, ms: 1000 },
    ]);
    expect(silencesOf(record)).toEqual([
      { atMs: 2000, ms: 6000, endedBy: 'agent' },
      { atMs: 10_300, ms: 700, endedBy: 'nobody' },
    ]);
  });

  it('count at the end of a call where the agent owes words to the end', () => {
    const record = recordWith([{ who: 'agent', atMs: 1000, ms: 1000 }]);
    expect([longestWaitMs(record, false), longestWaitMs(record, true)]).toEqual([0, 9000]);
  });
});
