import { describe, expect, it } from 'vitest';
import { ReplyItem } from '../../../src/agents/realtime/reply-item.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';

describe('an item of a model that says more than can be played', () => {
  function heldItem() {
    const control = new ScriptedCallControl();
    const speak = (text: string) => ({ text, audio: Buffer.alloc(160) });
    const nothing = () => undefined;
    const item = new ReplyItem({ itemId: 'a', control, speak, onPlayed: nothing, onHeard: nothing }, true);
    return { item, control };
  }

  it('keeps ten minutes of it while it is held', () => {
    const { item, control } = heldItem();
    const second = Buffer.alloc(8000, 0x2a);
    for (let n = 0; n < 700; n += 1) item.push(second);
    item.release();
    item.end();
    expect(item.receivedMs).toBe(600_000);
    const bytes = control.utterances[0]?.pieces.reduce((sum, { audio }) => sum + audio.length, 0);
    expect(bytes).toBe(600 * 8000);
  });

  it('says what came as text once, though others are let go after it', () => {
    const control = new ScriptedCallControl();
    const speak = (text: string) => ({ text, audio: Buffer.alloc(160) });
    const nothing = () => undefined;
    const item = new ReplyItem({ itemId: 'a', control, speak, onPlayed: nothing, onHeard: nothing }, false);
    item.setWords('Good day.');
    item.end();
    item.release();
    expect(control.said).toEqual(['Good day.']);
  });

  it('keeps as many words as a call takes', () => {
    const { item } = heldItem();
    for (let n = 0; n < 100; n += 1) item.addWords('word '.repeat(100));
    expect(item.text).toHaveLength(10_000);
  });
});
