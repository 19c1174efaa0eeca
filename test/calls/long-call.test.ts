import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryUsed } from '../support/memory-used.js';
import { expectNothingLeft, PhoneHouse, type ScriptedAgent } from '../support/phone-house.js';

const MINUTE_MS = 60_000;
const KB = 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Speaks all the time, and keeps nothing of what it is told. */
function talkOn(agent: ScriptedAgent): void {
  agent.told.push = () => 0;
  const utterance = agent.control.open();
  agent.pushAudio = (frame) => utterance.push({ text: '', audio: frame });
}

describe('A call of many minutes', () => {
  it('keeps nothing of the frames that pass', async () => {
    const house = new PhoneHouse();
    house.script = { turnDetection: 'local', onStart: talkOn };
    const stream = await house.call();
    stream.socket.send = () => undefined;
    const minutes = async (count: number) => {
      for (let n = 0; n < count; n++) await stream.pass(MINUTE_MS, Buffer.alloc(160, 0x7a));
      return memoryUsed();
    };
    const warm = await minutes(2);
    const later = await minutes(10);
    // The frames of ten minutes would be 4,700 KB.
    expect((later - warm) / KB).toBeLessThan(1500);
    stream.stop();
    await expectNothingLeft(house);
  }, 120_000);
});
